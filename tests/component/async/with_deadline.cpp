// SPDX-License-Identifier: Apache-2.0
#include "common/async/with_deadline.hpp"

#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "common/async/sleep.hpp"
#include "common/async/task_group.hpp"
#include "tests/fakes/run.hpp"

using namespace acr;
using namespace acr::async;
using namespace std::chrono_literals;

namespace {

awaitable<Result<int>> after(std::chrono::milliseconds delay, Result<int> result) {
  co_await sleep_for(delay);
  co_return result;
}

awaitable<Result<int>> throw_after(std::chrono::milliseconds delay) {
  co_await sleep_for(delay);
  throw std::logic_error("broken");
}

/// Notes that it was told to stop, and takes some time to do so.
awaitable<Result<int>> slow_to_stop(bool& stopped) {
  const auto [error] = co_await async::Timer(co_await boost::asio::this_coro::executor, 1h).async_wait(as_value);
  co_await boost::asio::this_coro::reset_cancellation_state();
  co_await sleep_for(5ms);
  stopped = error == boost::asio::error::operation_aborted;
  throw boost::system::system_error(error);
}

/// Finishes its work although it is told to stop.
awaitable<Result<int>> finish_anyway() {
  co_await async::Timer(co_await boost::asio::this_coro::executor, 1h).async_wait(as_value);
  co_return 7;
}

Result<int> bounded(awaitable<Result<int>> operation, std::chrono::milliseconds limit) {
  boost::asio::io_context io;
  return fakes::run(io, with_deadline(deadline_in(limit), "cannot do it", std::move(operation)));
}

}  // namespace

TEST_CASE("an operation in time gives its result, good or bad, without waiting for the deadline") {
  const auto start = async::Clock::now();

  CHECK(bounded(after(0ms, 5), 1h).value() == 5);
  CHECK(bounded(after(1ms, fail(ErrorKind::Denied, "no")), 1h).error().kind == ErrorKind::Denied);
  CHECK_THROWS_WITH(bounded(throw_after(1ms), 1h), "broken");
  CHECK_THROWS_WITH(bounded(throw_after(0ms), 1h), "broken");

  CHECK(async::Clock::now() - start < 1s);
}

TEST_CASE("an operation that is late is cancelled and becomes a timeout") {
  const auto late = bounded(after(1h, 5), 5ms);

  REQUIRE_FALSE(late);
  CHECK(late.error().kind == ErrorKind::Timeout);
  CHECK(late.error().message == "cannot do it: no answer within the deadline");
}

TEST_CASE("a deadline that has passed already is a timeout too") {
  CHECK(bounded(after(1h, 5), -1s).error().kind == ErrorKind::Timeout);
}

TEST_CASE("a late operation is waited for until it has stopped") {
  bool stopped = false;

  const auto late = bounded(slow_to_stop(stopped), 5ms);

  CHECK(late.error().kind == ErrorKind::Timeout);
  CHECK(stopped);
}

TEST_CASE("a result that came while the operation was being cancelled is not thrown away") {
  CHECK(bounded(finish_anyway(), 5ms).value() == 7);
}

TEST_CASE("cancelling the caller cancels the operation and is not taken for a timeout") {
  boost::asio::io_context io;
  TaskGroup tasks(io.get_executor());
  bool came_back = false;
  bool stopped = false;
  const auto caller = [](bool& operation_stopped, bool& back) -> awaitable<void> {
    (void)co_await with_deadline(deadline_in(1h), "cannot do it", slow_to_stop(operation_stopped));
    back = true;
  };
  tasks.spawn("caller", caller(stopped, came_back));
  fakes::run_ready(io);

  fakes::run(io, tasks.stop());

  CHECK(stopped);
  CHECK_FALSE(came_back);
}

TEST_CASE("deadlines within deadlines: the nearer one counts, and names itself") {
  boost::asio::io_context io;
  const auto nested = [](std::chrono::milliseconds inner) {
    return with_deadline(deadline_in(inner), "inner", after(1h, 5));
  };

  const auto inner_first = fakes::run(io, with_deadline(deadline_in(1h), "outer", nested(5ms)));
  const auto outer_first = fakes::run(io, with_deadline(deadline_in(5ms), "outer", nested(1h)));

  CHECK(inner_first.error().message == "inner: no answer within the deadline");
  CHECK(outer_first.error().message == "outer: no answer within the deadline");
}
