// SPDX-License-Identifier: Apache-2.0
// TLS by OpenSSL directly on the socket. Asio's own stream copies every byte through two more buffers and keeps 70 KiB
// for each connection, idle ones too.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <limits>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "common/http/transport.hpp"

namespace acr::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// So many operations in a row may end without waiting before everybody else gets a turn.
constexpr unsigned kBurst = 16;

/// What is read at once: most answers are small, and there are as many connections as requests in flight.
constexpr std::size_t kIncoming = 4 * 1024;
/// Of a connection that has filled that once: a TLS record and its head.
constexpr std::size_t kManyIncoming = 17 * 1024;

/// What a connection has between the socket and OpenSSL. Bytes that have arrived are read by the event loop: waiting
/// for a socket to be readable costs another system call for each wait.
struct Wire {
  int descriptor = -1;
  std::string_view arrived;  ///< not yet taken by OpenSSL
  bool ended = false;        ///< the peer sends no more
};

Wire& wire_of(BIO* bio) {
  return *static_cast<Wire*>(BIO_get_data(bio));
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int bio_write(BIO* bio, const char* bytes, int length) {
  BIO_clear_retry_flags(bio);
  // OpenSSL's own socket BIO has no MSG_NOSIGNAL: a peer that went away would end the process.
  const auto sent = ::send(wire_of(bio).descriptor, bytes, static_cast<std::size_t>(length), MSG_NOSIGNAL);
  if (sent < 0 && would_block()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* space, int length) {
  BIO_clear_retry_flags(bio);
  auto& wire = wire_of(bio);
  if (wire.arrived.empty()) {
    if (wire.ended) return 0;
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto taken = wire.arrived.copy(space, static_cast<std::size_t>(length));
  wire.arrived.remove_prefix(taken);
  return static_cast<int>(taken);
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return wire_of(bio).ended && wire_of(bio).arrived.empty() ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class OpensslTransport final : public TlsTransport {
 public:
  OpensslTransport(Socket socket, TlsContext context)
      : context_(std::move(context)), socket_(std::move(socket)), ssl_(SSL_new(context_->native_handle())) {
    if (!ssl_) throw std::bad_alloc();
    error_code ignored;  // a socket that cannot be set up fails at its first use
    socket_.native_non_blocking(true, ignored);
    auto* const bio = BIO_new(socket_method());
    if (bio == nullptr) throw std::bad_alloc();
    wire_.descriptor = socket_.native_handle();
    BIO_set_data(bio, &wire_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    // A record is taken by one call instead of two, for its head and for its content.
    SSL_set_read_ahead(ssl_.get(), 1);
    // An idle connection needs no buffers of 34 KiB.
    SSL_set_mode(ssl_.get(),
                 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  }

  async::awaitable<error_code> handshake(TlsRole role) override {
    SSL* const ssl = ssl_.get();
    const auto done =
        co_await run([ssl, role] { return role == TlsRole::Client ? SSL_connect(ssl) : SSL_accept(ssl); });
    co_return done.error;
  }

  async::awaitable<Progress> read_some(std::span<char> space) override {
    SSL* const ssl = ssl_.get();
    // What comes next needs longer than a call that would say so.
    const auto first = SSL_has_pending(ssl) != 0 || !wire_.arrived.empty() ? Try::Call : Try::Wait;
    return run([ssl, space] { return SSL_read(ssl, space.data(), clamp(space.size())); }, first);
  }

  async::awaitable<Progress> write(std::span<const char> bytes) override {
    SSL* const ssl = ssl_.get();
    Progress all;
    while (all.bytes < bytes.size()) {
      const auto rest = bytes.subspan(all.bytes);
      const auto part = co_await run([ssl, rest] { return SSL_write(ssl, rest.data(), clamp(rest.size())); });
      all.bytes += part.bytes;
      all.error = part.error;
      if (all.error) break;
    }
    co_return all;
  }

  async::awaitable<void> finish() override {
    // Otherwise the peer's close_notify would be waited for. Marked as received, ours is sent and nothing awaited.
    SSL* const ssl = ssl_.get();
    SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
    co_await run([ssl] { return SSL_shutdown(ssl); });
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

  // A TLS peer may rightly have unread bytes waiting (session tickets).
  bool is_stale() override {
    return SSL_has_pending(ssl_.get()) != 0 || !wire_.arrived.empty() || has_event(socket_, POLLRDHUP);
  }
  Socket& socket() override { return socket_; }
  Expiry& expiry() override { return expiry_; }
  SSL* native_handle() override { return ssl_.get(); }

 private:
  static int clamp(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
  }

  enum class Try { Call, Wait };

  /// Calls OpenSSL until it has got on, waiting for the socket whenever it must; Try::Wait: for bytes even before.
  template <class Call>
  async::awaitable<Progress> run(Call call, Try first = Try::Call) {
    // A peer that is always ready would keep the only thread: no timer, no deadline and nobody else would go on.
    if (++burst_ > kBurst) {
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
      burst_ = 0;
    }
    while (!expiry_.passed()) {
      int why = SSL_ERROR_WANT_READ;
      if (std::exchange(first, Try::Call) == Try::Call) {
        ERR_clear_error();
        errno = 0;
        const int result = call();
        if (result > 0) co_return Progress{.bytes = static_cast<std::size_t>(result)};
        why = SSL_get_error(ssl_.get(), result);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) co_return Progress{.error = failure(why)};
      }
      burst_ = 0;
      error_code error;
      if (why == SSL_ERROR_WANT_READ) {
        const auto space = incoming();
        const auto [read_error, bytes] =
            co_await socket_.async_read_some(asio::buffer(space.data(), space.size()), async::as_value);
        wire_.arrived = {space.data(), bytes};
        is_filled_ = bytes == space.size();
        wire_.ended = read_error == asio::error::eof;
        if (!wire_.ended) error = read_error;
      } else {
        const auto [wait_error] = co_await socket_.async_wait(Socket::wait_write, async::as_value);
        error = wait_error;
      }
      if (expiry_.passed()) break;
      throw_if_aborted(error);
      if (error) co_return Progress{.error = error};
    }
    co_return Progress{.error = asio::error::timed_out};
  }

  /// All that has arrived before must have been taken.
  std::span<char> incoming() {
    if (!incoming_ || (is_filled_ && incoming_size_ < kManyIncoming)) {
      incoming_size_ = is_filled_ ? kManyIncoming : kIncoming;
      incoming_ = std::make_unique_for_overwrite<char[]>(incoming_size_);
    }
    return {incoming_.get(), incoming_size_};
  }

  static error_code failure(int why) {
    const auto code = ERR_get_error();
    if (why == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
    const bool cut = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    if (cut || (why == SSL_ERROR_SYSCALL && code == 0 && errno == 0)) return asio::ssl::error::stream_truncated;
    if (code != 0 && ERR_GET_LIB(code) != ERR_LIB_SYS) return {static_cast<int>(code), asio::error::get_ssl_category()};
    return {errno != 0 ? errno : ECONNRESET, boost::system::system_category()};
  }

  TlsContext context_;
  Socket socket_;
  Expiry expiry_{socket_};
  Wire wire_;
  std::unique_ptr<char[]> incoming_;
  std::size_t incoming_size_ = 0;
  bool is_filled_ = false;  ///< by the last read
  std::unique_ptr<SSL, FreeSsl> ssl_;
  unsigned burst_ = 0;  ///< operations since the last one that gave others a turn
};

}  // namespace

std::unique_ptr<TlsTransport> make_tls_transport(Socket socket, TlsContext context) {
  return std::make_unique<OpensslTransport>(std::move(socket), std::move(context));
}

}  // namespace acr::http
