// SPDX-License-Identifier: Apache-2.0
// A client that sends any bytes and shows what comes back, for tests of servers.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "common/async/awaitable.hpp"

namespace acr::fakes {

class RawClient {
 public:
  explicit RawClient(const async::Executor& executor) : socket_(executor) {}

  async::awaitable<void> connect(std::uint16_t port,
                                 boost::asio::ip::address address = boost::asio::ip::address_v4::loopback());

  /// Stops early, without an error, if the peer has closed.
  async::awaitable<void> write(std::string bytes);
  /// Until `end` has been read (it is included), or the peer closes.
  async::awaitable<std::string> read_until(std::string end);
  /// Until the peer closes.
  async::awaitable<std::string> read_all();
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  boost::asio::ip::tcp::socket socket_;
  std::string unread_;
};

}  // namespace acr::fakes
