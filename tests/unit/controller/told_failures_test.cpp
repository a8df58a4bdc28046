// SPDX-License-Identifier: Apache-2.0
#include "controller/told_failures.hpp"

#include <catch2/catch.hpp>

namespace acr::controller {
namespace {

constexpr const char* kKey = "cri-a@cn-hangzhou";

Error down(const char* code = "ServiceUnavailable") {
  return {.kind = ErrorKind::Unavailable, .message = "down", .code = code};
}
Error denied(const char* code = "NoPermission") {
  return {.kind = ErrorKind::Denied, .message = "no right", .code = code};
}

/// Which of the first 20 failures in a row are told.
std::vector<int> told(const Error& error) {
  ToldFailures failures;
  std::vector<int> all;
  for (int i = 1; i <= 20; ++i) {
    if (failures.is_news(kKey, i, error)) all.push_back(i);
  }
  return all;
}

}  // namespace

TEST_CASE("D-21 what may heal by itself is told from the third failure on, then ever more rarely") {
  CHECK(told(down()) == std::vector{3, 4, 6, 10, 18});
  CHECK(told({.kind = ErrorKind::Timeout, .message = "no answer"}) == std::vector{3, 4, 6, 10, 18});
  CHECK(told({.kind = ErrorKind::Throttled, .message = "slow", .code = "Throttling.User"}).front() == 3);
  CHECK(told({.kind = ErrorKind::Unauthenticated, .message = "off", .code = "InvalidTimeStamp.Expired"}).front() == 3);
}

TEST_CASE("what somebody must act on is told at once, then ever more rarely") {
  CHECK(told(denied()) == std::vector{1, 2, 4, 8, 16});
  CHECK(told({.kind = ErrorKind::NotFound, .message = "this node has no RAM role"}).front() == 1);
  CHECK(told({.kind = ErrorKind::Unauthenticated, .message = "no", .code = "InvalidAccessKeyId.NotFound"}).front() ==
        1);
}

TEST_CASE("another reason is told at once, one that comes back is not, and a success ends all") {
  ToldFailures failures;
  CHECK_FALSE(failures.is_news(kKey, 1, down()));
  CHECK_FALSE(failures.is_news(kKey, 2, down()));
  CHECK(failures.is_news(kKey, 3, denied()));
  CHECK(failures.is_news(kKey, 5, down()));
  CHECK_FALSE(failures.is_news(kKey, 7, denied()));
  CHECK_FALSE(failures.is_news(kKey, 9, down()));
  CHECK(failures.is_news("cri-b@cn-hangzhou", 7, denied()));
  failures.forget(kKey);
  CHECK(failures.is_news(kKey, 7, denied()));
}

TEST_CASE("a cloud whose every answer has another code does not flood the Events") {
  ToldFailures failures;
  int told = 0;
  for (int i = 1; i <= 1000; ++i)
    told += failures.is_news(kKey, i, denied(("Code" + std::to_string(i)).c_str())) ? 1 : 0;
  CHECK(told <= 20);
}

}  // namespace acr::controller
