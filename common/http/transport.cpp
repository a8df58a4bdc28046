// SPDX-License-Identifier: Apache-2.0
#include "common/http/transport.hpp"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include "common/base/text.hpp"

namespace acr::http {
namespace {

namespace asio = boost::asio;
using async::as_value;

/// Cancellation is never a value (common/base/error.hpp); an operation that is told to stop ends its whole task.
void throw_if_aborted(const boost::system::error_code& error) {
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
}

/// The state of an idle socket without touching it. A TLS peer may rightly have unread bytes waiting (session tickets).
bool has_event(Socket& socket, short events) {
  pollfd descriptor{.fd = socket.native_handle(), .events = events, .revents = 0};
  return !socket.is_open() || ::poll(&descriptor, 1, 0) != 0;
}

template <class Stream>
async::awaitable<Progress> read_from(Stream& stream, std::span<char> space) {
  const auto [error, bytes] = co_await stream.async_read_some(asio::buffer(space.data(), space.size()), as_value);
  throw_if_aborted(error);
  co_return Progress{.error = error, .bytes = bytes};
}

template <class Stream>
async::awaitable<Progress> write_to(Stream& stream, std::span<const char> data) {
  const auto [error, bytes] = co_await asio::async_write(stream, asio::buffer(data.data(), data.size()), as_value);
  throw_if_aborted(error);
  co_return Progress{.error = error, .bytes = bytes};
}

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Socket socket) : socket_(std::move(socket)) {}

  async::awaitable<Progress> read_some(std::span<char> space) override { return read_from(socket_, space); }
  async::awaitable<Progress> write(std::span<const char> bytes) override { return write_to(socket_, bytes); }
  async::awaitable<void> finish() override {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    co_return;
  }
  bool is_stale() override { return has_event(socket_, POLLIN | POLLRDHUP); }
  Socket& socket() override { return socket_; }

 private:
  Socket socket_;
};

class OpensslTransport final : public TlsTransport {
 public:
  OpensslTransport(Socket socket, TlsContext context)
      : context_(std::move(context)), stream_(std::move(socket), *context_) {}

  async::awaitable<boost::system::error_code> handshake(TlsRole role) override {
    const auto type = role == TlsRole::Client ? asio::ssl::stream_base::client : asio::ssl::stream_base::server;
    const auto [error] = co_await stream_.async_handshake(type, as_value);
    throw_if_aborted(error);
    co_return error;
  }
  async::awaitable<Progress> read_some(std::span<char> space) override { return read_from(stream_, space); }
  async::awaitable<Progress> write(std::span<const char> bytes) override { return write_to(stream_, bytes); }
  async::awaitable<void> finish() override {
    // async_shutdown also waits for the peer's close_notify. Marked as received, ours is sent and nothing awaited.
    SSL* const ssl = stream_.native_handle();
    SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
    const auto [error] = co_await stream_.async_shutdown(as_value);
    throw_if_aborted(error);
    boost::system::error_code ignored;
    stream_.next_layer().shutdown(Socket::shutdown_send, ignored);
  }
  bool is_stale() override { return has_event(stream_.next_layer(), POLLRDHUP); }
  Socket& socket() override { return stream_.next_layer(); }
  SSL* native_handle() override { return stream_.native_handle(); }

 private:
  TlsContext context_;
  asio::ssl::stream<Socket> stream_;
};

template <class Value>
void set_option(int descriptor, int level, int name, Value value) {
  // Best effort: a socket without an option still works, and has deadlines besides.
  ::setsockopt(descriptor, level, name, &value, sizeof(value));
}

}  // namespace

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

std::unique_ptr<TlsTransport> make_tls_transport(Socket socket, TlsContext context) {
  return std::make_unique<OpensslTransport>(std::move(socket), std::move(context));
}

std::string reason(const boost::system::error_code& error) {
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) return "the peer closed the connection";
  auto text = error.message();
  if (!text.empty() && text.size() > 1 && !(text[1] >= 'A' && text[1] <= 'Z'))
    text.front() = to_lower(text.substr(0, 1)).front();
  return text;
}

}  // namespace acr::http
