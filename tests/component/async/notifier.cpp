// SPDX-License-Identifier: Apache-2.0
#include "common/async/notifier.hpp"

#include <catch2/catch.hpp>

#include "common/async/task_group.hpp"
#include "tests/fakes/run.hpp"

using namespace acr;
using namespace acr::async;
using namespace std::chrono_literals;

namespace {

awaitable<void> count_wakes(Notifier& notifier, int& woken) {
  for (;;) {
    co_await notifier.wait();
    ++woken;
  }
}

awaitable<void> count_wake_until(Notifier& notifier, Deadline moment, int& woken) {
  co_await notifier.wait_until(moment);
  ++woken;
}

}  // namespace

TEST_CASE("a notification wakes all that wait now, once each, and nobody who comes later") {
  boost::asio::io_context io;
  Notifier notifier(io.get_executor());
  TaskGroup tasks(io.get_executor());
  int woken = 0;
  notifier.notify_all();
  for (int i = 0; i < 3; ++i) tasks.spawn("waiter", count_wakes(notifier, woken));
  fakes::run_ready(io);
  CHECK(woken == 0);

  notifier.notify_all();
  fakes::run_ready(io);
  CHECK(woken == 3);

  notifier.notify_all();
  fakes::run_ready(io);
  CHECK(woken == 6);
  fakes::run(io, tasks.stop());
  CHECK(woken == 6);
}

TEST_CASE("a bounded wait ends at its moment, or before by a notification") {
  boost::asio::io_context io;
  Notifier notifier(io.get_executor());
  const auto start = async::Clock::now();
  fakes::run(io, notifier.wait_until(start + 5ms));
  CHECK(async::Clock::now() - start >= 5ms);

  TaskGroup tasks(io.get_executor());
  int woken = 0;
  tasks.spawn("waiter", count_wake_until(notifier, Deadline::max(), woken));
  fakes::run_ready(io);
  CHECK(woken == 0);
  notifier.notify_all();
  fakes::run(io, tasks.join());
  CHECK(woken == 1);
}

TEST_CASE("a wait that is cancelled does not return as if notified") {
  boost::asio::io_context io;
  Notifier notifier(io.get_executor());
  TaskGroup tasks(io.get_executor());
  int woken = 0;
  tasks.spawn("waiter", count_wakes(notifier, woken));
  tasks.spawn("bounded waiter", count_wake_until(notifier, Deadline::max(), woken));
  fakes::run_ready(io);

  fakes::run(io, tasks.stop());

  CHECK(woken == 0);
}
