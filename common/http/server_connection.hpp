// SPDX-License-Identifier: Apache-2.0
// One accepted connection from its first byte to its last. Only for server.cpp.
#pragma once

#include "common/http/body_space.hpp"
#include "common/http/rare_warning.hpp"
#include "common/http/server.hpp"
#include "common/http/transport.hpp"

namespace acr::http {

/// What all connections of a server share. Outlives them.
struct ServerRules {
  explicit ServerRules(ServerOptions given, Handler answers)
      : options(std::move(given)),
        handler(std::move(answers)),
        bodies(options.own_body_space, options.shared_body_space) {}

  ServerOptions options;
  Handler handler;
  BodySpace bodies;
  RareWarning no_room{"a request was refused: the bodies of others take all memory that is meant for them"};
  bool draining = false;
};

/// Serves requests one after the other until either side has had enough. Failures of the peer are not failures of the
/// task; only cancellation leaves it by an exception.
async::awaitable<void> serve_connection(ServerRules& rules, Socket socket);

}  // namespace acr::http
