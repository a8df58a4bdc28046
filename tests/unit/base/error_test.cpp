// SPDX-License-Identifier: Apache-2.0
#include "common/base/error.hpp"

#include <catch2/catch.hpp>

namespace acr {
namespace {

TEST_CASE("context goes before the message and changes nothing else") {
  const Error error{.kind = ErrorKind::Denied,
                    .message = "no",
                    .code = "Forbidden",
                    .request_id = "r",
                    .retry_after = std::chrono::seconds{2}};
  const auto with = with_context(error, "cannot list pods");
  CHECK(with.message == "cannot list pods: no");
  CHECK(with.kind == error.kind);
  CHECK(with.code == error.code);
  CHECK(with.request_id == error.request_id);
  CHECK(with.retry_after == error.retry_after);
}

TEST_CASE("advice is the end of the message and can be had alone") {
  const auto advised = with_advice({.kind = ErrorKind::Denied, .message = "no", .code = "Forbidden"}, "ask again");
  CHECK(advised.message == "no; ask again");
  CHECK(advised.advice == "ask again");
  CHECK(advised.code == "Forbidden");
  CHECK(with_context(advised, "x").advice == "ask again");
}

TEST_CASE("only what may pass by itself is retried") {
  for (const auto kind : {ErrorKind::Throttled, ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::Protocol})
    CHECK(is_retryable(kind));
  for (const auto kind : {ErrorKind::Invalid, ErrorKind::Unauthenticated, ErrorKind::Denied, ErrorKind::NotFound,
                          ErrorKind::AlreadyExists, ErrorKind::Conflict, ErrorKind::Expired}) {
    CHECK_FALSE(is_retryable(kind));
  }
  CHECK(to_string(ErrorKind::AlreadyExists) == "already_exists");
}

}  // namespace
}  // namespace acr
