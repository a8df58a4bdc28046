// SPDX-License-Identifier: Apache-2.0
#include "common/http/transport.hpp"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include "common/base/text.hpp"

namespace acr::http {
namespace {

namespace asio = boost::asio;
using async::as_value;

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Socket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored;  // a socket that cannot be set up fails at its first use
    socket_.non_blocking(true, ignored);
  }

  async::awaitable<Progress> read_some(std::span<char> space) override {
    if (expiry_.passed()) co_return Progress{.error = asio::error::timed_out};
    for (;;) {
      const auto [waited] = co_await socket_.async_wait(Socket::wait_read, as_value);
      if (waited) co_return ended(waited, 0);
      boost::system::error_code error;
      const auto bytes = socket_.read_some(asio::buffer(space.data(), space.size()), error);
      if (error != asio::error::would_block) co_return ended(error, bytes);
    }
  }
  async::awaitable<Progress> write(std::span<const char> data) override {
    if (expiry_.passed()) co_return Progress{.error = asio::error::timed_out};
    const auto [error, bytes] = co_await asio::async_write(socket_, asio::buffer(data.data(), data.size()), as_value);
    co_return ended(error, bytes);
  }
  async::awaitable<void> finish() override {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    co_return;
  }
  bool is_stale() override { return has_event(socket_, POLLIN | POLLRDHUP); }
  Socket& socket() override { return socket_; }
  Expiry& expiry() override { return expiry_; }

 private:
  Progress ended(const boost::system::error_code& error, std::size_t bytes) const {
    if (error && expiry_.passed()) return {.error = asio::error::timed_out, .bytes = bytes};
    throw_if_aborted(error);
    return {.error = error, .bytes = bytes};
  }

  Socket socket_;
  Expiry expiry_{socket_};
};

template <class Value>
void set_option(int descriptor, int level, int name, Value value) {
  // Best effort: a socket without an option still works, and has deadlines besides.
  ::setsockopt(descriptor, level, name, &value, sizeof(value));
}

}  // namespace

std::span<char> reading_space() {
  thread_local std::array<char, 16 * 1024> space;
  return space;
}

void throw_if_aborted(const boost::system::error_code& error) {
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
}

bool has_event(Socket& socket, short events) {
  pollfd descriptor{.fd = socket.native_handle(), .events = events, .revents = 0};
  return !socket.is_open() || ::poll(&descriptor, 1, 0) != 0;
}

void tune(Socket& socket) {
  const int descriptor = socket.native_handle();
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000u);
}

std::unique_ptr<Transport> make_plain_transport(Socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

std::string reason(const boost::system::error_code& error) {
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) return "the peer closed the connection";
  auto text = error.message();
  if (!text.empty() && text.size() > 1 && !(text[1] >= 'A' && text[1] <= 'Z'))
    text.front() = to_lower(text.substr(0, 1)).front();
  return text;
}

}  // namespace acr::http
