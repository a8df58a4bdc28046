// SPDX-License-Identifier: Apache-2.0
#include "common/http/no_proxy.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

namespace acr::http {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> as_address(std::string_view text) {
  boost::system::error_code error;
  const auto address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return address;
}

bool is_in_range(const ip::address& address, std::string_view range) {
  boost::system::error_code error;
  if (address.is_v4()) {
    const auto network = ip::make_network_v4(std::string(range), error);
    return !error && network.canonical() == ip::network_v4(address.to_v4(), network.prefix_length()).canonical();
  }
  const auto network = ip::make_network_v6(std::string(range), error);
  return !error && network.canonical() == ip::network_v6(address.to_v6(), network.prefix_length()).canonical();
}

bool is_same_or_below(std::string_view host, std::string_view domain) {
  if (domain.starts_with("*.")) domain.remove_prefix(1);
  if (domain.starts_with('.')) return host.ends_with(domain) && host.size() > domain.size();
  return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

struct Entry {
  std::string host;
  std::optional<std::uint16_t> port;
};

Entry parse_entry(std::string_view text) {
  if (const auto with_port = parse_host_port(text)) return {.host = with_port->host, .port = with_port->port};
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return {.host = std::string(text), .port = std::nullopt};
}

bool matches(const std::string& entry_text, const HostPort& target, const std::string& host,
             const std::optional<ip::address>& address) {
  if (entry_text == "*") return true;
  if (entry_text.find('/') != std::string::npos) return address && is_in_range(*address, entry_text);
  const auto entry = parse_entry(entry_text);
  if (entry.host.empty() || (entry.port && *entry.port != target.port)) return false;
  if (const auto exempt = as_address(entry.host)) return address == exempt;
  return !address && is_same_or_below(host, entry.host);
}

}  // namespace

bool bypasses_proxy(std::string_view no_proxy, const HostPort& target) {
  auto host = to_lower(target.host);
  if (!host.empty() && host.back() == '.') host.pop_back();
  const auto address = as_address(host);
  if (host == "localhost" || (address && address->is_loopback())) return true;
  for (const auto& entry : split_list(no_proxy, ',')) {
    if (matches(to_lower(entry), target, host, address)) return true;
  }
  return false;
}

Result<Proxy> parse_proxy(const Secret& text) {
  const auto refuse = [](std::string_view why) {
    return fail(ErrorKind::Invalid,
                "cannot read HTTPS_PROXY: " + std::string(why));  // never the value: it may hold a password
  };
  auto full = std::string(text.reveal());
  if (full.find("://") == std::string::npos) full.insert(0, "http://");
  const auto url = boost::urls::parse_uri(full);
  if (!url) return refuse("it is not a URL");
  const auto scheme = url->scheme();
  if (std::string_view(scheme.data(), scheme.size()) != "http") return refuse("only proxies of scheme http are served");
  const auto host_text = url->host_address();
  Proxy proxy{.address = {.host = host_text, .port = 80}};
  if (proxy.address.host.empty()) return refuse("it names no host");
  if (url->has_port() && !url->port().empty()) {
    const auto port = parse_unsigned(std::string_view(url->port().data(), url->port().size()));
    if (!port || *port == 0 || *port > 65535) return refuse("its port is not a number from 1 to 65535");
    proxy.address.port = static_cast<std::uint16_t>(*port);
  }
  if (url->has_userinfo()) {
    const Secret pair(url->user() + ":" + url->password());
    proxy.authorization = Secret("Basic " + encode_base64(pair.reveal()));
  }
  return proxy;
}

}  // namespace acr::http
