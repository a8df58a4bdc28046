// SPDX-License-Identifier: Apache-2.0
// The Client over Boost.Beast: a small pool of kept-alive connections per origin, TLS, proxy, name resolution by
// c-ares.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "common/http/client.hpp"
#include "common/http/host_port.hpp"
#include "common/http/resolver.hpp"
#include "common/http/tls.hpp"

namespace acr::http {

struct ClientOptions {
  TlsContextSource tls = {};                ///< needed for https
  std::string tls_server_name = {};         ///< SNI and verified name instead of the origin's host
  std::optional<HostPort> connect_to = {};  ///< dialled instead of the origin; names, Host and SNI stay the origin's
  bool use_proxy = false;                   ///< obey HTTPS_PROXY and NO_PROXY of the environment (https origins only)
  std::string user_agent = {};              ///< LW-19
  std::size_t max_idle = 4;                 ///< kept-alive connections per origin
  std::chrono::seconds idle_limit{60};      ///< an idle connection older than this is not reused
};

/// Must outlive every exchange. A request is sent anew on a fresh connection only if it is a GET and the reused
/// connection had been closed by the peer before the first byte of an answer; writes are never replayed (LW-15).
std::unique_ptr<Client> make_beast_client(async::Executor executor, Resolver& resolver, ClientOptions options);

}  // namespace acr::http
