// SPDX-License-Identifier: Apache-2.0
// CONNECT: asking an HTTP proxy for a tunnel.
#pragma once

#include <string>

#include "common/http/no_proxy.hpp"
#include "common/http/transport.hpp"

namespace acr::http {

/// The proxy settings of this process; reads the environment.
ProxyEnvironment read_proxy_environment();

/// Opens a tunnel to `target` over `transport`. An answer other than 2xx is an Error (Unavailable), prefixed with
/// `what`.
async::awaitable<Result<void>> connect_through(Transport& transport, Proxy proxy, HostPort target, std::string what);

}  // namespace acr::http
