// SPDX-License-Identifier: Apache-2.0
#include "common/http/listener.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/v6_only.hpp>

#include "common/base/text.hpp"
#include "common/http/host_port.hpp"
#include "common/http/transport.hpp"

namespace acr::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// The first step that fails names the reason.
boost::system::error_code listen(tcp::acceptor& acceptor, const tcp::endpoint& end_point, bool dual_stack) {
  boost::system::error_code error;
  acceptor.open(end_point.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && dual_stack) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(end_point, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  return error;
}

}  // namespace

Result<tcp::acceptor> listen_on(const async::Executor& executor, std::string_view bind_address) {
  const auto parsed = parse_host_port(bind_address);
  if (!parsed) return fail(with_context(parsed.error(), "cannot listen"));
  const auto refuse = [&](const boost::system::error_code& error) {
    return fail(ErrorKind::Invalid, fmt::format("cannot listen on {}: {}", printable(bind_address), reason(error)));
  };
  boost::system::error_code error;
  tcp::acceptor acceptor(executor);
  if (parsed->host.empty()) {
    error = listen(acceptor, tcp::endpoint(asio::ip::address_v6::any(), parsed->port), true);
    if (!error) return acceptor;
    if (error == asio::error::address_in_use || error == asio::error::access_denied) return refuse(error);
    boost::system::error_code ignored;
    acceptor.close(ignored);
    error = listen(acceptor, tcp::endpoint(asio::ip::address_v4::any(), parsed->port), false);
  } else {
    const auto address = asio::ip::make_address(parsed->host == "localhost" ? "127.0.0.1" : parsed->host, error);
    if (error)
      return fail(ErrorKind::Invalid,
                  fmt::format("cannot listen on {}: the host is not an IP address", printable(bind_address)));
    error = listen(acceptor, tcp::endpoint(address, parsed->port), false);
  }
  if (error) return refuse(error);
  return acceptor;
}

}  // namespace acr::http
