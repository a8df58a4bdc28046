// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/raw_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace acr::fakes {

namespace asio = boost::asio;

async::awaitable<void> RawClient::connect(std::uint16_t port, asio::ip::address address) {
  co_await socket_.async_connect({address, port}, asio::use_awaitable);
  socket_.set_option(asio::ip::tcp::no_delay(true));
}

async::awaitable<void> RawClient::write(std::string bytes) {
  co_await asio::async_write(socket_, asio::buffer(bytes), async::as_value);
}

async::awaitable<std::string> RawClient::read_until(std::string end) {
  char space[4096];
  for (;;) {
    if (const auto found = unread_.find(end); !end.empty() && found != std::string::npos) {
      auto text = unread_.substr(0, found + end.size());
      unread_.erase(0, text.size());
      co_return text;
    }
    const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(space), async::as_value);
    if (error) co_return std::exchange(unread_, {});
    unread_.append(space, bytes);
  }
}

async::awaitable<std::string> RawClient::read_all() {
  return read_until({});
}

}  // namespace acr::fakes
