// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server with hard limits: for admission reviews over TLS, and for health and metrics without.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/error.hpp"
#include "common/http/message.hpp"
#include "common/http/tls.hpp"

namespace acr::http {

/// Answers one request. Runs in the server's task; may await, but within the request's own time limit.
using Handler = std::function<async::awaitable<Response>(const Request&)>;

/// The defaults are those of SEC-7, ADM-4 and ADM-5.
struct ServerOptions {
  std::string bind_address = {};      ///< ":9443" (all addresses, IPv6 and IPv4), "127.0.0.1:0", "[::1]:80"
  TlsContextSource tls = {};          ///< empty = plain HTTP
  std::size_t max_connections = 512;  ///< one more is closed at once
  std::uint32_t max_header = 32 * 1024;
  std::uint64_t max_body = 7ull * 1024 * 1024;  ///< more: 413
  /// What the bodies of all requests that are not answered yet may take, 32 MiB with 512 connections; more: 503
  /// (ADM-10)
  std::size_t own_body_space = 32 * 1024;            ///< of each connection, whatever the others hold
  std::size_t shared_body_space = 16 * 1024 * 1024;  ///< for what is beyond it
  std::chrono::seconds handshake_limit{10};
  std::chrono::seconds header_limit{10};  ///< from the first byte of a request
  std::chrono::seconds body_limit{10};
  std::chrono::seconds write_limit{10};
  std::chrono::seconds idle_limit{240};  ///< well over the 90 s after which kube-apiserver closes (ADM-4)
};

class Server {
 public:
  virtual ~Server() = default;

  /// The bound port, after make_server().
  [[nodiscard]] virtual std::uint16_t port() const = 0;

  /// Accepts and serves until cancelled, or after stop_accepting() until the last connection has ended; survives EMFILE
  /// and the like (CPP-8). Owns its connections: when cancelled it cancels them and waits for them. Call once.
  virtual async::awaitable<void> serve() = 0;

  /// From now on every answer carries `Connection: close` (SHD-1); idle connections are left to the peer.
  virtual void start_draining() = 0;

  /// Stops accepting; open connections go on.
  virtual void stop_accepting() = 0;

  [[nodiscard]] virtual std::size_t connections() const = 0;
};

/// Binds at once, so that a bad address is an Error (Invalid) at start. Requests that break SEC-8 (HTTP/1.0, no Host,
/// Content-Length with Transfer-Encoding, Expect other than 100-continue) are answered 400 and closed before the
/// handler sees them.
Result<std::unique_ptr<Server>> make_server(async::Executor executor, ServerOptions options, Handler handler);

}  // namespace acr::http
