// SPDX-License-Identifier: Apache-2.0
// In which order and how fast the pull Secrets get new content.
#include "controller/refresh_schedule.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "common/pullsecret/wanted_secret.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;

constexpr async::Deadline kNow{1h};
constexpr WallTime kNoon{std::chrono::seconds{1767268800}};

StaleSecret stale(std::string name, std::optional<WallTime> expires, std::optional<WallTime> refreshed = kNoon) {
  return {.namespace_ = std::move(name), .resource_version = "7", .expires = expires, .refreshed = refreshed};
}

}  // namespace

TEST_CASE("what expires first is written first, what is not known before all, and the rate is kept") {
  RefreshSchedule schedule;
  schedule.plan({stale("late", kNoon + 2h), stale("unknown", std::nullopt), stale("soon", kNoon + 1h),
                 stale("older", kNoon + 1h, kNoon - 1h), stale("alike", kNoon + 2h)},
                2, kNow);

  CHECK(schedule.order() == std::vector<std::string>{"unknown", "older", "soon", "alike", "late"});
  CHECK(schedule.slot("unknown", "7") == kNow);
  CHECK(schedule.slot("older", "7") == kNow + 500ms);
  CHECK(schedule.slot("late", "7") == kNow + 2s);
}

TEST_CASE("without a rate all may be written at once, in that order") {
  RefreshSchedule schedule;
  schedule.plan({stale("b", kNoon), stale("a", kNoon + 1s)}, 0, kNow);
  CHECK(schedule.order() == std::vector<std::string>{"b", "a"});
  CHECK(schedule.slot("a", "7") == kNow);
}

TEST_CASE(
    "a Secret that is not planned, or was changed since, waits for nothing; another plan takes the place of the old") {
  RefreshSchedule schedule;
  schedule.plan({stale("a", kNoon), stale("b", kNoon + 1s)}, 1, kNow);
  CHECK(schedule.slot("other", "7") == std::nullopt);
  CHECK(schedule.slot("b", "8") == std::nullopt);
  schedule.plan({stale("b", kNoon)}, 1, kNow + 1min);
  CHECK(schedule.slot("a", "7") == std::nullopt);
  CHECK(schedule.slot("b", "7") == kNow + 1min);
}

TEST_CASE("the times are those of the annotations, and an unreadable one is unknown") {
  kube::SecretInfo secret{.key = {"shop", "s"}, .resource_version = "9"};
  secret.annotations = {{std::string(pullsecret::kExpiresAtAnnotation), "2026-01-01T12:00:00Z"},
                        {std::string(pullsecret::kRefreshedAtAnnotation), "yesterday"}};
  const auto read = read_stale_secret(secret);
  CHECK(read.namespace_ == "shop");
  CHECK(read.resource_version == "9");
  CHECK(read.expires == kNoon);
  CHECK(read.refreshed == std::nullopt);
}

TEST_CASE("a rate that does not finish within a third of the threshold is reported with the rate that would") {
  CHECK_FALSE(RefreshSchedule::judge(10'000, 0, 15min));
  CHECK_FALSE(RefreshSchedule::judge(15'000, 50, 15min));
  const auto delay = RefreshSchedule::judge(15'001, 50, 15min);
  REQUIRE(delay);
  CHECK(delay->secrets == 15'001);
  CHECK(delay->takes == 301s);
  CHECK(delay->allowed == 5min);
  CHECK(delay->needed_qps == 51);
  const auto slow = RefreshSchedule::judge(100, 0.1, 15min);
  REQUIRE(slow);
  CHECK(slow->takes == 1000s);
  CHECK(slow->needed_qps == 1);
}

TEST_CASE("the rate that is asked for is always enough, whatever the numbers") {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const auto secrets = random() % 50'000;
    const auto threshold = std::chrono::seconds(30 + random() % 3600);
    const double qps = 0.01 * static_cast<double>(1 + random() % 10'000);
    const auto delay = RefreshSchedule::judge(secrets, qps, threshold);
    if (!delay) continue;
    REQUIRE(delay->needed_qps > qps);
    REQUIRE_FALSE(RefreshSchedule::judge(secrets, delay->needed_qps, threshold));
  }
}

}  // namespace acr::controller
