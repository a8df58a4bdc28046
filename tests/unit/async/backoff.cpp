// SPDX-License-Identifier: Apache-2.0
#include "common/async/backoff.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace acr::async;
using namespace std::chrono_literals;

TEST_CASE("pauses double from the first to the cap") {
  const BackoffPolicy policy{.first = 100ms, .cap = 1s};

  CHECK(backoff_delay(policy, 1, 0.5) == 100ms);
  CHECK(backoff_delay(policy, 2, 0.5) == 200ms);
  CHECK(backoff_delay(policy, 4, 0.5) == 800ms);
  CHECK(backoff_delay(policy, 5, 0.5) == 1s);
  CHECK(backoff_delay(policy, 1'000'000, 0.5) == 1s);
  CHECK(backoff_delay(policy, std::numeric_limits<int>::max(), 0.5) == 1s);
}

TEST_CASE("jitter spreads a pause from half of it to one and a half") {
  const BackoffPolicy policy{.first = 100ms, .cap = 1s, .factor = 3};

  CHECK(backoff_delay(policy, 1, 0.0) == 50ms);
  CHECK(backoff_delay(policy, 2, 0.0) == 150ms);
  CHECK(backoff_delay(policy, 2, 0.999) < 450ms);
  CHECK(backoff_delay(policy, 9, 0.999) < 1500ms);
}

TEST_CASE("a count below one failure is as one") {
  CHECK(backoff_delay({.first = 100ms, .cap = 1s}, 0, 0.5) == 100ms);
  CHECK(backoff_delay({.first = 100ms, .cap = 1s}, -5, 0.5) == 100ms);
}

TEST_CASE("random fractions are in range and differ") {
  const double first = random_fraction();
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const double fraction = random_fraction();
    CHECK(fraction >= 0.0);
    CHECK(fraction < 1.0);
    differs = differs || fraction != first;
  }
  CHECK(differs);
}
