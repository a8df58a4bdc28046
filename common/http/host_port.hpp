// SPDX-License-Identifier: Apache-2.0
// A TCP end point as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace acr::http {

/// A TCP end point given by the admin or by the environment; `host` may be a name.
struct HostPort {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
};

/// Parses "host:port", "1.2.3.4:80", "[::1]:80". The host may be empty only in ":80" (an address to bind).
Result<HostPort> parse_host_port(std::string_view text);

/// "host:port", with brackets around IPv6.
std::string to_string(const HostPort& end_point);

}  // namespace acr::http
