// SPDX-License-Identifier: Apache-2.0
#include "common/http/host_port.hpp"

#include <fmt/format.h>

#include "common/base/text.hpp"

namespace acr::http {

Result<HostPort> parse_host_port(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::Invalid, fmt::format("cannot read \"{}\" as HOST:PORT: {}", printable(text), why));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse("no port");
  const auto port = parse_unsigned(text.substr(colon + 1));
  if (!port || *port > 65535) return refuse("the port is not a number from 0 to 65535");
  auto host = text.substr(0, colon);
  if (!host.empty() && host.front() == '[') {
    if (host.back() != ']' || host.size() < 3) return refuse("the brackets do not match");
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return refuse("an IPv6 address needs brackets");
  }
  if (host.find_first_of(" \t\r\n/@[]") != std::string_view::npos)
    return refuse("the host holds a character that no host name has");
  return HostPort{.host = std::string(host), .port = static_cast<std::uint16_t>(*port)};
}

std::string to_string(const HostPort& end_point) {
  const bool brackets = end_point.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(brackets ? "[{}]:{}" : "{}:{}"), end_point.host, end_point.port);
}

}  // namespace acr::http
