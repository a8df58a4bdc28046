// SPDX-License-Identifier: Apache-2.0
#include "common/base/error.hpp"

namespace acr {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Invalid:
      return "invalid";
    case ErrorKind::Unauthenticated:
      return "unauthenticated";
    case ErrorKind::Denied:
      return "denied";
    case ErrorKind::NotFound:
      return "not_found";
    case ErrorKind::AlreadyExists:
      return "already_exists";
    case ErrorKind::Conflict:
      return "conflict";
    case ErrorKind::Expired:
      return "expired";
    case ErrorKind::Throttled:
      return "throttled";
    case ErrorKind::Unavailable:
      return "unavailable";
    case ErrorKind::Timeout:
      return "timeout";
    case ErrorKind::Protocol:
      return "protocol";
  }
  return "unknown";
}

Error with_context(Error error, std::string_view prefix) {
  error.message.insert(0, ": ").insert(0, prefix);
  return error;
}

Error with_advice(Error error, std::string_view advice) {
  error.message.append("; ").append(advice);
  error.advice = advice;
  return error;
}

bool is_retryable(ErrorKind kind) {
  return kind == ErrorKind::Throttled || kind == ErrorKind::Unavailable || kind == ErrorKind::Timeout ||
         kind == ErrorKind::Protocol;
}

}  // namespace acr
