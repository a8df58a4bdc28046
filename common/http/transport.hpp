// SPDX-License-Identifier: Apache-2.0
// A connected byte stream, plain or TLS. Cancelling the task that uses it ends the operation by an exception; what
// was under way is then in an unknown state and the transport must be closed.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <span>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/http/expiry.hpp"
#include "common/http/tls.hpp"

namespace acr::http {

using Socket = boost::asio::ip::tcp::socket;

/// How far an operation came.
struct Progress {
  boost::system::error_code error = {};  ///< asio::error::eof at the clean end
  std::size_t bytes = 0;
};

/// Where all connections of a thread read to, one after the other: what has been read is used before anything is
/// awaited. A space for each would be half of what an idle connection takes.
std::span<char> reading_space();

enum class TlsRole { Client, Server };

class Transport {
 public:
  virtual ~Transport() = default;
  /// At least one byte, or an error. `space` must stay valid until the operation ends, and is written to only right
  /// before: whoever uses the bytes before awaiting anything may share it with others.
  virtual async::awaitable<Progress> read_some(std::span<char> space) = 0;
  /// All of `bytes`, or an error and how many were handed to the peer. `bytes` must stay valid until the operation
  /// ends.
  virtual async::awaitable<Progress> write(std::span<const char> bytes) = 0;
  /// Says the end to the peer: close_notify and FIN. The peer's own end is not waited for.
  virtual async::awaitable<void> finish() = 0;
  /// Has the peer closed, or sent what nobody asked for, while nothing was under way? No waiting.
  [[nodiscard]] virtual bool is_stale() = 0;
  virtual Socket& socket() = 0;
  /// Set, it ends reading and writing with asio::error::timed_out at its moment; the transport is then of no more use.
  virtual Expiry& expiry() = 0;
};

/// TCP_NODELAY, keepalive after 30 s and TCP_USER_TIMEOUT 30 s: a peer that vanished is noticed (LW-13, CPP-8).
void tune(Socket& socket);

std::unique_ptr<Transport> make_plain_transport(Socket socket);

/// A transport on which the handshake is still to be done. `context` is kept alive.
class TlsTransport : public Transport {
 public:
  virtual async::awaitable<boost::system::error_code> handshake(TlsRole role) = 0;
  /// OpenSSL's handle, for names to send and to verify.
  virtual SSL* native_handle() = 0;
};
std::unique_ptr<TlsTransport> make_tls_transport(Socket socket, TlsContext context);

/// Cancellation is never a value (common/base/error.hpp); an operation that is told to stop ends its whole task.
void throw_if_aborted(const boost::system::error_code& error);

/// Has any of poll()'s `events` happened to an idle socket, or is it closed? It is not touched.
bool has_event(Socket& socket, short events);

/// The words of `error` for a message: lower case, as "connection refused".
std::string reason(const boost::system::error_code& error);

}  // namespace acr::http
