// SPDX-License-Identifier: Apache-2.0
// One accepted connection from its first byte to its last. Only for server.cpp.
#pragma once

#include "common/http/server.hpp"
#include "common/http/transport.hpp"

namespace acr::http {

/// What all connections of a server share. Outlives them.
struct ServerRules {
  ServerOptions options;
  Handler handler;
  bool draining = false;
};

/// Serves requests one after the other until either side has had enough. Failures of the peer are not failures of the
/// task; only cancellation leaves it by an exception.
async::awaitable<void> serve_connection(const ServerRules& rules, Socket socket);

}  // namespace acr::http
