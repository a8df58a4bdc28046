// SPDX-License-Identifier: Apache-2.0
#include "common/async/alarm.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <optional>
#include <vector>

using namespace acr;
using namespace std::chrono_literals;
using async::Deadline;

namespace {

struct World {
  boost::asio::io_context io{1};
  int rings = 0;
  Deadline rung_at{};
  std::optional<async::Alarm> alarm{std::in_place, io.get_executor(), [this] {
                                      ++rings;
                                      rung_at = async::Clock::now();
                                    }};
};

}  // namespace

TEST_CASE("an alarm rings once, at the moment that was set last") {
  using Moments = std::vector<std::chrono::milliseconds>;
  const auto moments = GENERATE(values<Moments>({{20ms}, {5ms, 20ms}, {200ms, 20ms}, {5ms, 1h, 20ms}, {20ms, 20ms}}));
  World world;
  const auto begun = async::Clock::now();
  for (const auto moment : moments) world.alarm->set(begun + moment);

  world.io.run();

  CHECK(world.rings == 1);
  CHECK(world.rung_at >= begun + 20ms);
  CHECK(world.rung_at < begun + 190ms);
}

TEST_CASE("an alarm that was put off for ever does not ring, and may be set again") {
  World world;
  world.alarm->set(async::deadline_in(5ms));
  world.alarm->set(Deadline::max());
  world.io.run_for(20ms);
  CHECK(world.rings == 0);

  world.alarm->set(async::deadline_in(5ms));
  world.io.restart();
  world.io.run();
  CHECK(world.rings == 1);
}

TEST_CASE("a cancelled alarm, and one that is gone, keep no loop waiting") {
  World world;
  world.alarm->set(async::deadline_in(1h));
  if (GENERATE(true, false))
    world.alarm->cancel();
  else
    world.alarm.reset();
  const auto begun = async::Clock::now();

  world.io.run();

  CHECK(world.rings == 0);
  CHECK(async::Clock::now() - begun < 10s);
}
