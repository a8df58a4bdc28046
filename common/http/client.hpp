// SPDX-License-Identifier: Apache-2.0
// The narrow interface behind which all outgoing HTTP stands. One call is one attempt: retries belong to the caller.
#pragma once

#include <memory>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/error.hpp"
#include "common/http/message.hpp"

namespace acr::http {

/// The limits of one exchange.
struct Limits {
  async::Deadline deadline;                 ///< for everything: names, connect, TLS, write, read
  std::size_t max_body = 8u * 1024 * 1024;  ///< bytes of the answer's body; more is an Error (Protocol)
};

/// An answer whose body is read piece by piece (a watch). Closing it closes the connection.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  [[nodiscard]] virtual unsigned status() const = 0;
  [[nodiscard]] virtual const Headers& headers() const = 0;
  /// The next bytes of the body as they arrive; empty at the clean end. A body cut short is an Error (Unavailable),
  /// no byte before `deadline` an Error (Timeout).
  virtual async::awaitable<Result<std::string>> read_some(async::Deadline deadline) = 0;
};

class Client {
 public:
  virtual ~Client() = default;

  /// One attempt. Any HTTP status is a success here. Errors: Unavailable (name, connect, TLS, cut connection),
  /// Timeout, Protocol (not HTTP, body over the limit). Cancellation closes the connection.
  virtual async::awaitable<Result<Response>> fetch(Origin origin, Request request, Limits limits) = 0;

  /// As fetch, but returns when the header has arrived; `limits.deadline` bounds only that.
  virtual async::awaitable<Result<std::unique_ptr<ResponseStream>>> open(Origin origin, Request request,
                                                                         Limits limits) = 0;

  /// Closes connections that are idle, so that new ones are made with fresh trust or client certificates (LW-27).
  virtual void close_idle() = 0;

  /// Closes connections that have been idle for so long that no request will use them. To be called now and then: only
  /// the next request would notice them otherwise.
  virtual void close_old() {}
};

}  // namespace acr::http
