// SPDX-License-Identifier: Apache-2.0
// A bound and listening socket.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string_view>

#include "common/async/awaitable.hpp"
#include "common/base/error.hpp"

namespace acr::http {

/// Listens on ":9443" (every address, IPv6 and IPv4; IPv4 alone where the node has no IPv6), "127.0.0.1:0", "[::1]:80"
/// or "localhost:80" (127.0.0.1). Errors (Invalid): not an address, port taken.
Result<boost::asio::ip::tcp::acceptor> listen_on(const async::Executor& executor, std::string_view bind_address);

}  // namespace acr::http
