// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/cloud_clock.hpp"

#include <catch2/catch.hpp>

namespace acr::alibaba {
namespace {

using namespace std::chrono_literals;
using Trust = CloudClock::Trust;

/// A node whose clock somebody sets, and its uptime.
struct Node {
  WallTime wall = parse_rfc3339("2026-11-25T08:00:00Z").value();
  std::chrono::nanoseconds uptime = 10min;
  std::string boot_id = "boot-1";

  CloudClock clock() {
    return CloudClock({.wall = [this] { return wall; }, .boot = [this] { return uptime; }, .boot_id = boot_id});
  }
  void pass(std::chrono::nanoseconds time) {
    wall += time;
    uptime += time;
  }
};

TEST_CASE("until the cloud has answered the local clock is followed, wherever it is set to") {
  Node node;
  const auto clock = node.clock();
  CHECK(clock.now() == node.wall);
  node.wall += 3h;
  CHECK(clock.now() == node.wall);
  CHECK_FALSE(clock.correction());
}

TEST_CASE("the time of the API server counts until the cloud tells its own, and is kept for nobody") {
  const auto skew = GENERATE(0min, 40min, -8h);
  Node node;
  auto clock = node.clock();
  const auto start = node.wall;
  clock.assume(start + skew, 0s);
  CHECK(clock.now() == start + skew);
  CHECK_FALSE(clock.is_known());
  CHECK_FALSE(clock.correction());
  node.wall += 3h;
  CHECK(clock.now() == start + skew);
  clock.assume(start + skew + 4s, 0s);
  CHECK(clock.now() == start + skew);
  clock.assume(start + skew + 1min, 0s);
  CHECK(clock.now() == start + skew + 1min);
  clock.learn(start + 7s, Trust::TimeRefused, 0s);
  CHECK(clock.is_known());
  CHECK(clock.now() == start + 7s);
  clock.assume(start + skew + 1min, 0s);
  CHECK(clock.now() == start + 7s);
}

TEST_CASE("a stored time goes before that of the API server") {
  Node node;
  auto clock = node.clock();
  const auto start = node.wall;
  clock.assume(start, 0s);
  clock.restore({.boot_id = "boot-1", .boot = 10min, .cloud = start + 20min});
  CHECK(clock.is_known());
  CHECK(clock.now() == start + 20min);
  CHECK(clock.correction());
}

TEST_CASE("once the cloud has answered, a local clock that is set changes nothing") {
  const auto skew = GENERATE(0min, 40min, -40min);
  const auto step = GENERATE(40min, -40min, 72h);
  Node node;
  auto clock = node.clock();
  const auto cloud_time = node.wall + skew;
  clock.learn(cloud_time, skew == 0min ? Trust::TimeAccepted : Trust::TimeRefused, 0s);
  CHECK(clock.now() == cloud_time);
  node.wall += step;
  CHECK(clock.now() == cloud_time);
  node.pass(7min);
  CHECK(clock.now() == cloud_time + 7min);
  clock.learn(cloud_time + 7min, Trust::TimeAccepted, 0s);
  CHECK(clock.now() == cloud_time + 7min);
}

TEST_CASE("every answer teaches the time where it is off by five seconds or more") {
  Node node;
  auto clock = node.clock();
  const auto start = node.wall;
  clock.learn(start, Trust::TimeAccepted, 0s);
  clock.learn(start + 4s, Trust::TimeAccepted, 0s);
  clock.learn(start - 4s, Trust::TimeAccepted, 0s);
  CHECK(clock.now() == start);
  clock.learn(start + 5s, Trust::TimeAccepted, 0s);
  CHECK(clock.now() == start + 5s);
  clock.learn(start, Trust::TimeAccepted, 0s);
  CHECK(clock.now() == start);
  clock.learn(start + 10min, Trust::TimeAccepted, 0s);
  CHECK(clock.now() == start + 10min);
  clock.learn(start + 3h, Trust::TimeNotChecked, 0s);
  CHECK(clock.now() == start + 3h);
}

TEST_CASE("the first answer sets the time to the nearest that it allows") {
  Node node;
  auto clock = node.clock();
  const auto start = node.wall;
  clock.learn(start + 3s, Trust::TimeAccepted, 0s);
  CHECK(clock.now() == start + 3s);
}

TEST_CASE("an answer that was long on its way does not set the clock back, nor hides that it is wrong") {
  Node node;
  auto clock = node.clock();
  const auto start = node.wall;
  clock.learn(start - 30s, Trust::TimeAccepted, 30s);
  CHECK(clock.now() == start);
  clock.learn(start - 50s, Trust::TimeAccepted, 30s);
  CHECK(clock.now() == start - 20s);
  clock.learn(start + 1min, Trust::TimeAccepted, 30s);
  CHECK(clock.now() == start + 1min);
}

TEST_CASE("a Date that contradicts what the cloud just accepted is not believed, one of a refusal always is") {
  Node node;
  auto clock = node.clock();
  clock.learn(node.wall + 20min, Trust::TimeAccepted, 0s);
  clock.learn(node.wall - 30h, Trust::TimeNotChecked, 0s);
  CHECK(clock.now() == node.wall);
  clock.learn(node.wall + 24h * 365, Trust::TimeRefused, 0s);
  CHECK(clock.now() == node.wall + 24h * 365);
}

TEST_CASE("what was learned is kept for a later process only while the local clock is wrong") {
  Node node;
  auto clock = node.clock();
  clock.learn(node.wall + 4s, Trust::TimeAccepted, 0s);
  CHECK_FALSE(clock.correction());
  clock.learn(node.wall + 20min, Trust::TimeRefused, 0s);
  const auto kept = clock.correction();
  REQUIRE(kept);
  node.pass(1h);
  CHECK(clock.correction() == kept);  // the same text, so that the state Secret is not written for it again and again
  node.wall += 20min;
  CHECK_FALSE(clock.correction());
}

TEST_CASE("a later process on the same boot knows the cloud's time at once, wherever the clock was set meanwhile") {
  Node node;
  const auto cloud_time = node.wall + 20min;
  auto before = node.clock();
  before.learn(cloud_time, Trust::TimeRefused, 0s);
  const auto text = format_clock_reading(before.correction().value());
  node.pass(2h);
  node.wall -= GENERATE(0min, 5min);
  auto after = node.clock();
  after.restore(parse_clock_reading(text).value());
  CHECK(after.now() == cloud_time + 2h);
  CHECK(after.correction() == before.correction());
}

TEST_CASE("a stored time that cannot be right is ignored") {
  struct Row {
    const char* name;
    std::function<void(ClockReading&)> damage;
  };
  const auto row = GENERATE(
      as<Row>{}, Row{"another node, or this one before its reboot", [](ClockReading& r) { r.boot_id = "boot-2"; }},
      Row{"a moment that this boot has not reached", [](ClockReading& r) { r.boot += 24h; }},
      Row{"years ago", [](ClockReading& r) { r.cloud = parse_rfc3339("1970-01-01T00:00:00Z").value(); }},
      Row{"the end of time", [](ClockReading& r) { r.cloud = parse_rfc3339("9999-01-01T00:00:00Z").value(); }});
  INFO(row.name);
  Node node;
  auto clock = node.clock();
  ClockReading reading{.boot_id = "boot-1", .boot = 1min, .cloud = node.wall + 20min};
  row.damage(reading);
  clock.restore(reading);
  CHECK(clock.now() == node.wall);
}

TEST_CASE("what the cloud has said in this process is not replaced by a stored time") {
  Node node;
  auto clock = node.clock();
  clock.learn(node.wall, Trust::TimeAccepted, 0s);
  clock.restore({.boot_id = "boot-1", .boot = 10min, .cloud = node.wall + 20min});
  CHECK(clock.now() == node.wall);
}

TEST_CASE("a stored time is read only if it is whole") {
  const ClockReading reading{
      .boot_id = "b", .boot = 12345ns, .cloud = parse_rfc3339("2026-01-02T03:04:05.678901Z").value()};
  CHECK(format_clock_reading(reading) == "b 12345 2026-01-02T03:04:05.678901Z");
  CHECK(parse_clock_reading("b 12345 2026-01-02T03:04:05.678901Z").value() == reading);
  for (const auto* text : {"", "b", "b 1", "b -1 2026-01-02T03:04:05Z", "b 1 yesterday", "b 1 2026-01-02T03:04:05Z x",
                           "b 99999999999999999999 2026-01-02T03:04:05Z"})
    CHECK_FALSE(parse_clock_reading(text));
}

}  // namespace
}  // namespace acr::alibaba
