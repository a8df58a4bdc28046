// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a budget, over times that the test makes up.
#include "common/alibaba/call_budget.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "common/alibaba/credentials.hpp"

namespace acr::alibaba {
namespace {

using namespace std::chrono_literals;
using async::Deadline;

const Deadline kStart{1h};

/// The most calls in any window of `width`; `moments` must be in order.
std::size_t most_within(const std::vector<Deadline>& moments, Deadline::duration width) {
  std::size_t most = 0;
  std::size_t first = 0;
  for (std::size_t last = 0; last < moments.size(); ++last) {
    while (moments[last] - moments[first] >= width) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

/// `count` series of two calls, all wanted at the start, as Refresher makes them: the second call goes when the first
/// has been answered.
struct Series {
  std::vector<Deadline> calls;
  Deadline::duration longest{};  ///< from the beginning of a series to its second call
};

Series play_series(std::size_t count) {
  struct Event {
    Deadline at;
    int step;  ///< 0 = wants to begin, 1 = holds a place to begin, 2 = the second call
    Deadline began;
    bool operator<(const Event& other) const { return at > other.at; }
  };
  CallBudget budget({});
  Series result;
  std::vector<Event> events(count, Event{.at = kStart, .step = 0, .began = {}});
  while (!events.empty()) {
    std::pop_heap(events.begin(), events.end());
    auto event = events.back();
    events.pop_back();
    const auto now = event.at;
    if (event.step == 0) {
      event = {.at = budget.reserve_series(now), .step = 1, .began = {}};
    } else if (event.step == 1 && budget.begin_again_at(now) > now) {
      event = {.at = budget.begin_again_at(now), .step = 0, .began = {}};
    } else {
      if (event.step == 1) event.began = now;
      const auto call = budget.reserve_call(now);
      result.calls.push_back(call);
      result.longest = std::max(result.longest, call - event.began);
      if (event.step == 2) continue;
      event = {.at = call + 50ms, .step = 2, .began = event.began};
    }
    events.push_back(event);
    std::push_heap(events.begin(), events.end());
  }
  std::ranges::sort(result.calls);
  return result;
}

}  // namespace

TEST_CASE("no window holds more calls than the burst and the rate allow, whatever is asked for") {
  std::mt19937 random(20260801);
  CallBudget budget({});
  std::vector<Deadline> calls;
  auto now = kStart;
  for (int i = 0; i < 20000; ++i) {
    now += std::chrono::milliseconds(random() % 3 == 0 ? random() % 600 : 0);
    calls.push_back(budget.reserve_call(now));
  }
  REQUIRE(std::ranges::is_sorted(calls));
  CHECK(most_within(calls, 1s) <= 40 + 10);
  CHECK(most_within(calls, 10s) <= 40 + 100);
  CHECK(most_within(calls, 100s) <= 40 + 1000);
}

TEST_CASE("twenty instances wait for nothing") {
  const auto twenty = play_series(20);
  CHECK(twenty.calls.size() == 40);
  CHECK(twenty.calls.back() == kStart + 50ms);
}

TEST_CASE("however many instances want to begin, a series that has begun is done within seconds") {
  for (const std::size_t count : {40U, 1000U, 10000U}) {
    const auto series = play_series(count);
    REQUIRE(series.calls.size() == 2 * count);
    CHECK(series.longest < 5s);
    CHECK(most_within(series.calls, 1s) <= 40 + 10);
    const auto ideal = (2.0 * static_cast<double>(count) - 40) / 10;
    CHECK(std::chrono::duration<double>(series.calls.back() - kStart).count() < ideal * 1.2 + 2);
  }
}

TEST_CASE("no rate means no limit") {
  CallBudget budget({.calls_per_second = 0});
  for (int i = 0; i < 1000; ++i) CHECK(budget.reserve_call(budget.reserve_series(kStart)) == kStart);
}

TEST_CASE("the account of a role stands in its name") {
  CHECK(account_of_arn("acs:ram::1234567890123456:role/pull") == "1234567890123456");
  CHECK(account_of_arn("nonsense") == "nonsense");
  CHECK(account_of_arn("acs:ram::") == "acs:ram::");
  CHECK(account_of_arn("") == "");
}

}  // namespace acr::alibaba
