// SPDX-License-Identifier: Apache-2.0
// From a host name to a connected transport: names, TCP, proxy, TLS, each within the one deadline.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/http/host_port.hpp"
#include "common/http/no_proxy.hpp"
#include "common/http/resolver.hpp"
#include "common/http/tls.hpp"
#include "common/http/transport.hpp"

namespace acr::http {

/// One way to a peer.
struct Route {
  HostPort target;                  ///< the origin; what errors name
  HostPort dial;                    ///< where TCP goes: the target, an override of it, or the proxy
  std::optional<Proxy> proxy = {};  ///< then a CONNECT to the target follows
  TlsContextSource tls = {};        ///< empty = plain; asked once TCP and proxy are through
  std::string tls_name = {};        ///< SNI and verified name
};

/// An open connection and how errors name its peer: "sts.example.com (1.2.3.4:443)".
struct Connection {
  std::unique_ptr<Transport> transport;
  std::string peer;
};

/// Addresses are tried in order, each with its fair share of the time that is left. Errors: Unavailable, Timeout,
/// as "cannot connect to <peer>: <why>".
async::awaitable<Result<Connection>> dial(Resolver& resolver, Route route, async::Deadline deadline);

}  // namespace acr::http
