// SPDX-License-Identifier: Apache-2.0
// Which proxy stands between us and a host, as the environment says it. Pure; the rules are those of Go's
// golang.org/x/net/http/httpproxy, which admins of Kubernetes know.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/http/host_port.hpp"

namespace acr::http {

/// The values of HTTPS_PROXY and NO_PROXY (upper case first, then lower).
struct ProxyEnvironment {
  Secret https_proxy = {};  ///< may hold a password
  std::string no_proxy = {};
};

struct Proxy {
  HostPort address;
  Secret authorization = {};  ///< the value of Proxy-Authorization; empty = none
};

/// "http://user:password@host:port", scheme and port (80) optional. Another scheme is an Error (Invalid).
Result<Proxy> parse_proxy(const Secret& text);

/// Does NO_PROXY (or being local) exempt `target`? Entries: "*", an address, a CIDR range, ".domain" and "*.domain"
/// (what is below it), "domain" (itself too), each with ":port" where it is not a range.
bool bypasses_proxy(std::string_view no_proxy, const HostPort& target);

}  // namespace acr::http
