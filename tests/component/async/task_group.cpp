// SPDX-License-Identifier: Apache-2.0
#include "common/async/task_group.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "common/async/sleep.hpp"
#include "tests/fakes/run.hpp"

using namespace acr;
using namespace acr::async;
using namespace std::chrono_literals;

namespace {

struct Trace {
  int started = 0;
  int unwound = 0;
  int completed = 0;
};

awaitable<void> sleep_long(Trace& trace) {
  struct Unwind {
    Trace& trace;
    ~Unwind() { ++trace.unwound; }
  } const unwind{trace};
  ++trace.started;
  co_await sleep_for(1h);
  ++trace.completed;
}

awaitable<void> fail_with(std::string what) {
  co_await sleep_for(0ms);
  throw std::runtime_error(what);
}

awaitable<void> end_at_once() {
  co_return;
}

}  // namespace

TEST_CASE("stop ends every task and waits for it") {
  boost::asio::io_context io;
  TaskGroup tasks(io.get_executor());
  Trace trace;
  for (int i = 0; i < 5; ++i) tasks.spawn("sleeper", sleep_long(trace));
  fakes::run_ready(io);
  REQUIRE(trace.started == 5);

  fakes::run(io, tasks.stop());

  CHECK(tasks.size() == 0);
  CHECK(trace.unwound == 5);
  CHECK(trace.completed == 0);
}

TEST_CASE("stop ends tasks that have not yet had their first turn") {
  boost::asio::io_context io;
  TaskGroup tasks(io.get_executor());
  Trace trace;
  tasks.spawn("sleeper", sleep_long(trace));

  fakes::run(io, tasks.stop());

  CHECK(tasks.size() == 0);
  CHECK(trace.completed == 0);
}

TEST_CASE("tasks that have not yet had their first turn are stopped from within the loop too") {
  boost::asio::io_context io;
  TaskGroup first(io.get_executor());
  TaskGroup second(io.get_executor());
  Trace trace;
  const auto canceller = [](TaskGroup& group) -> awaitable<void> {
    group.cancel();
    co_return;
  };
  first.spawn("canceller", canceller(second));
  second.spawn("sleeper", sleep_long(trace));
  second.spawn("at once", end_at_once());

  fakes::run(io, first.join());
  fakes::run(io, second.join());

  CHECK(trace.completed == 0);
}

TEST_CASE("stopping an empty group returns, and a stopped group can be used again") {
  boost::asio::io_context io;
  TaskGroup tasks(io.get_executor());
  fakes::run(io, tasks.stop());
  Trace trace;
  tasks.spawn("sleeper", sleep_long(trace));
  fakes::run(io, tasks.stop());
  CHECK(tasks.size() == 0);
}

TEST_CASE("join waits for the end of all tasks and cancels none") {
  boost::asio::io_context io;
  TaskGroup tasks(io.get_executor());
  bool slept = false;
  const auto nap = [](bool& done) -> awaitable<void> {
    co_await sleep_for(5ms);
    done = true;
  };
  tasks.spawn("at once", end_at_once());
  tasks.spawn("nap", nap(slept));

  fakes::run(io, tasks.join());

  CHECK(slept);
}

TEST_CASE("a task that fails is reported by name, a cancelled one is not") {
  boost::asio::io_context io;
  std::vector<std::string> failed;
  TaskGroup tasks(io.get_executor(),
                  [&](const std::string& name, const std::exception_ptr&) { failed.push_back(name); });
  Trace trace;
  tasks.spawn("good", sleep_long(trace));
  tasks.spawn("bad", fail_with("broken"));
  while (failed.empty()) io.run_one();

  fakes::run(io, tasks.stop());

  CHECK(failed == std::vector<std::string>{"bad"});
}

TEST_CASE("by default a failed task ends the loop by its exception") {
  boost::asio::io_context io;
  TaskGroup tasks(io.get_executor());
  tasks.spawn("bad", fail_with("broken"));

  CHECK_THROWS_WITH(io.run(), "broken");
  CHECK(tasks.size() == 0);
}

TEST_CASE("a task may end others of its group while it is being cancelled") {
  boost::asio::io_context io;
  TaskGroup tasks(io.get_executor());
  Trace trace;
  const auto canceller = [](TaskGroup& group) -> awaitable<void> {
    group.cancel();
    co_return;
  };
  for (int i = 0; i < 3; ++i) tasks.spawn("sleeper", sleep_long(trace));
  tasks.spawn("canceller", canceller(tasks));

  fakes::run(io, tasks.join());

  CHECK(trace.completed == 0);
}
