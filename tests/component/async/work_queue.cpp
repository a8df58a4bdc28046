// SPDX-License-Identifier: Apache-2.0
#include "common/async/work_queue.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "common/async/sleep.hpp"
#include "common/async/task_group.hpp"
#include "tests/fakes/run.hpp"

using namespace acr;
using namespace acr::async;
using namespace std::chrono_literals;

namespace {

struct World {
  boost::asio::io_context io;
  WorkQueue<std::string> queue{io.get_executor(), {.first = 4ms, .cap = 8ms}};
  std::vector<std::string> worked;
  int at_once = 0;
  int most_at_once = 0;
  TaskGroup tasks{io.get_executor()};
};

awaitable<void> work(World& world) {
  for (;;) {
    const auto key = co_await world.queue.next();
    world.most_at_once = std::max(world.most_at_once, ++world.at_once);
    world.worked.push_back(key);
    co_await sleep_for(1ms);
    --world.at_once;
    world.queue.done(key);
  }
}

}  // namespace

TEST_CASE("workers that wait are woken by what is added, and one key is never with two of them") {
  World world;
  world.tasks.spawn("worker", work(world));
  world.tasks.spawn("worker", work(world));
  fakes::run_ready(world.io);

  for (int i = 0; i < 3; ++i) world.queue.add("a");
  fakes::run(world.io, world.queue.wait_idle());
  CHECK(world.worked == std::vector<std::string>{"a"});

  world.queue.add("a");
  world.queue.add("b");
  fakes::run(world.io, world.queue.wait_idle());
  CHECK(world.worked.size() == 3);
  CHECK(world.most_at_once == 2);

  fakes::run(world.io, world.tasks.stop());
}

TEST_CASE("a key added while it is worked on is worked on once more") {
  World world;
  world.tasks.spawn("worker", work(world));
  world.tasks.spawn("worker", work(world));
  world.queue.add("a");
  while (world.worked.empty()) world.io.run_one();

  world.queue.add("a");
  fakes::run(world.io, world.queue.wait_idle());

  CHECK(world.worked.size() == 2);
  CHECK(world.most_at_once == 1);
  fakes::run(world.io, world.tasks.stop());
}

TEST_CASE("a key due later wakes its worker then, and an earlier one in between goes first") {
  World world;
  world.tasks.spawn("worker", work(world));
  const auto start = async::Clock::now();
  world.queue.add_after("late", 10ms);
  fakes::run_ready(world.io);
  world.queue.add_after("early", 2ms);

  fakes::run(world.io, world.queue.wait_idle());

  CHECK(world.worked == std::vector<std::string>{"early", "late"});
  CHECK(async::Clock::now() - start >= 10ms);
  fakes::run(world.io, world.tasks.stop());
}

TEST_CASE("keys that become due at one moment are worked on side by side") {
  World world;
  for (int i = 0; i < 3; ++i) world.tasks.spawn("worker", work(world));
  fakes::run_ready(world.io);  // all of them wait before anything is known

  const auto due = async::deadline_in(5ms);
  for (const auto* key : {"a", "b", "c", "d"}) world.queue.add_at(key, due);
  fakes::run(world.io, world.queue.wait_idle());

  CHECK(world.worked.size() == 4);
  CHECK(world.most_at_once == 3);
  fakes::run(world.io, world.tasks.stop());
}

TEST_CASE("a failed key comes back after its pause") {
  World world;
  world.queue.add("a");
  REQUIRE(fakes::run(world.io, world.queue.next()) == "a");

  const auto start = async::Clock::now();
  const auto pause = world.queue.failed("a");
  REQUIRE(fakes::run(world.io, world.queue.next()) == "a");

  CHECK(async::Clock::now() - start >= pause);
  CHECK(world.queue.state().failures("a") == 1);
}
