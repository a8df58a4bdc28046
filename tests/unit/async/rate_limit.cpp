// SPDX-License-Identifier: Apache-2.0
#include "common/async/rate_limit.hpp"

#include <catch2/catch.hpp>

namespace acr::async {
namespace {

using namespace std::chrono_literals;

const Deadline kStart{1h};

}  // namespace

TEST_CASE("a burst goes at once, the rest one after another") {
  RateLimit limit(10, 2);
  CHECK(limit.reserve(kStart) == kStart);
  CHECK(limit.reserve(kStart) == kStart);
  CHECK(limit.next_place(kStart) == kStart + 100ms);
  CHECK(limit.reserve(kStart) == kStart + 100ms);
  CHECK(limit.reserve(kStart) == kStart + 200ms);
  CHECK(limit.reserve(kStart + 10s) == kStart + 10s);
}

TEST_CASE("no limit is no limit") {
  RateLimit limit(0, 0);
  for (int i = 0; i < 1000; ++i) CHECK(limit.reserve(kStart) == kStart);
  CHECK(limit.try_take(kStart));
}

TEST_CASE("what is not there cannot be taken, and time brings it back up to the burst") {
  RateLimit limit(1, 2);
  CHECK(limit.try_take(kStart));
  CHECK(limit.try_take(kStart));
  CHECK_FALSE(limit.try_take(kStart));
  CHECK_FALSE(limit.try_take(kStart + 999ms));
  CHECK(limit.try_take(kStart + 1s));
  CHECK(limit.try_take(kStart + 1h));
  CHECK(limit.try_take(kStart + 1h));
  CHECK_FALSE(limit.try_take(kStart + 1h));
}

TEST_CASE("a burst below one is one") {
  RateLimit limit(1, 0);
  CHECK(limit.try_take(kStart));
}

}  // namespace acr::async
