// SPDX-License-Identifier: Apache-2.0
// What can go wrong, as a value. Knows nothing of HTTP, Kubernetes or the cloud: those convert at their edge.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace acr {

/// The kinds of failure that callers tell apart; the same words label log lines and metrics.
enum class ErrorKind {
  Invalid,          ///< our input or the user's is wrong; repeating does not help
  Unauthenticated,  ///< the credential was not accepted (expired, unknown, bad signature)
  Denied,           ///< the credential is good but may not do this (403)
  NotFound,
  AlreadyExists,  ///< a create met an existing object (409 AlreadyExists, LW-18)
  Conflict,       ///< resourceVersion was not the newest (409 Conflict, LW-18)
  Expired,        ///< a watch position is too old (410, LW-1)
  Throttled,      ///< told to slow down (429, Throttling.*)
  Unavailable,    ///< no connection, 5xx, broken answer of a proxy
  Timeout,        ///< our own deadline passed
  Protocol,       ///< the answer could not be understood
};

/// One word, snake_case, for metrics and logs.
std::string_view to_string(ErrorKind kind);

/// A failure: what failed and why, in words for the admin. Holds no secret.
struct Error {
  ErrorKind kind = ErrorKind::Unavailable;
  /// "cannot <verb> <object>: <reason>"; lower case start, no full stop.
  std::string message;
  /// The peer's own code: the cloud's Code or Kubernetes' reason; empty if none.
  std::string code = {};
  /// The peer's request id; empty if none.
  std::string request_id = {};
  /// How long the peer asked us to wait before the next try.
  std::optional<std::chrono::milliseconds> retry_after = {};
  /// The one thing that the admin can do; part of `message` too where it is known only here. Empty: nothing special.
  std::string advice = {};
};

template <class T>
using Result = std::expected<T, Error>;

/// Shorthand for `return fail(...)` in a function that returns Result<T>.
inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected<Error>(Error{.kind = kind, .message = std::move(message)});
}
inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

/// The error with `prefix` and ": " before its message; all else is kept.
Error with_context(Error error, std::string_view prefix);

/// The error with "; " and `advice` after its message, and as its advice.
Error with_advice(Error error, std::string_view advice);

/// May the same request succeed if repeated unchanged (after a pause)?
bool is_retryable(ErrorKind kind);

}  // namespace acr
