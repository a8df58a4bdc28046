// SPDX-License-Identifier: Apache-2.0
#include "common/async/semaphore.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/async/task_group.hpp"
#include "tests/fakes/run.hpp"

using namespace acr;
using namespace acr::async;

namespace {

struct World {
  explicit World(std::size_t permits) : semaphore(io.get_executor(), permits) {}

  std::unique_ptr<Semaphore::Permit> hold(Priority priority) { return fakes::run(io, take(priority)); }
  /// A task that takes a place, writes `name` down and gives the place back.
  void pass(const std::string& name, Priority priority, TaskGroup& group) { group.spawn(name, take(name, priority)); }

  boost::asio::io_context io;
  Semaphore semaphore;
  std::vector<std::string> order;
  TaskGroup tasks{io.get_executor()};

 private:
  awaitable<std::unique_ptr<Semaphore::Permit>> take(Priority priority) {
    auto permit = co_await semaphore.acquire(priority);
    co_return std::make_unique<Semaphore::Permit>(std::move(permit));
  }
  awaitable<void> take(std::string name, Priority priority) {
    const auto permit = co_await semaphore.acquire(priority);
    order.push_back(std::move(name));
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("no more than allowed hold a place, and a place given back is free again") {
  World world(2);
  auto first = world.hold(Priority::Refresh);
  const auto second = world.hold(Priority::Refresh);
  world.pass("third", Priority::Lease, world.tasks);
  fakes::run_ready(world.io);
  CHECK(world.order.empty());
  CHECK_FALSE(world.semaphore.try_acquire());

  first.reset();
  CHECK_FALSE(world.semaphore.try_acquire());  // the place belongs to who stands in the line
  fakes::run(world.io, world.tasks.join());

  CHECK(world.order == Names{"third"});
  CHECK(world.semaphore.try_acquire());
}

TEST_CASE("the more urgent go first, and within one urgency who came first") {
  World world(1);
  auto held = world.hold(Priority::Lease);
  world.pass("backfill", Priority::Backfill, world.tasks);
  world.pass("refresh 1", Priority::Refresh, world.tasks);
  world.pass("refresh 2", Priority::Refresh, world.tasks);
  world.pass("new", Priority::NewServiceAccount, world.tasks);
  world.pass("lease", Priority::Lease, world.tasks);
  fakes::run_ready(world.io);

  held.reset();
  fakes::run(world.io, world.tasks.join());

  CHECK(world.order == Names{"lease", "new", "refresh 1", "refresh 2", "backfill"});
}

TEST_CASE("who is cancelled in the line loses no place for the others") {
  World world(1);
  TaskGroup cancelled(world.io.get_executor());
  auto held = world.hold(Priority::Lease);
  world.pass("cancelled", Priority::Lease, cancelled);
  world.pass("patient", Priority::Backfill, world.tasks);
  fakes::run_ready(world.io);

  SECTION("before its turn") {
    fakes::run(world.io, cancelled.stop());
    held.reset();
  }
  SECTION("in the very turn in which it was granted") {
    held.reset();
    cancelled.cancel();
  }
  fakes::run(world.io, cancelled.join());
  fakes::run(world.io, world.tasks.join());

  CHECK(world.order.back() == "patient");
  CHECK(world.hold(Priority::Backfill) != nullptr);
}

TEST_CASE("a place moves with its permit and is given back once") {
  World world(1);
  {
    auto permit = world.hold(Priority::Lease);
    const auto moved = std::move(*permit);
    permit.reset();
    world.pass("waits", Priority::Lease, world.tasks);
    fakes::run_ready(world.io);
    CHECK(world.order.empty());
  }
  fakes::run(world.io, world.tasks.join());
  CHECK(world.order == Names{"waits"});
}
