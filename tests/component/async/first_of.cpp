// SPDX-License-Identifier: Apache-2.0
#include "common/async/first_of.hpp"

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

/// Counts itself in while it runs.
struct Inside {
  explicit Inside(int& count) : count_(count) { ++count_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { --count_; }

 private:
  int& count_;
};

awaitable<void> stay(int& inside, std::chrono::milliseconds time) {
  const Inside here(inside);
  co_await sleep_for(time);
}

awaitable<void> throw_at_once() {
  throw std::logic_error("broken");
  co_return;
}

awaitable<void> end_at_once() {
  co_return;
}

}  // namespace

TEST_CASE("the first task to end stops the other, whichever it is") {
  boost::asio::io_context io{1};
  int inside = 0;
  const auto begun = async::Clock::now();

  fakes::run(io, first_of(stay(inside, 1ms), stay(inside, 1h)));
  fakes::run(io, first_of(stay(inside, 1h), stay(inside, 1ms)));

  CHECK(inside == 0);
  CHECK(async::Clock::now() - begun < 5s);
}

TEST_CASE("a task that ends before the other was ever suspended stops it all the same") {
  boost::asio::io_context io{1};
  int inside = 0;
  fakes::run(io, first_of(end_at_once(), stay(inside, 1h)));
  fakes::run(io, first_of(stay(inside, 1h), end_at_once()));
  fakes::run(io, first_of(end_at_once(), end_at_once()));
  CHECK(inside == 0);
}

TEST_CASE("an exception of the first to end passes through after the other has stopped") {
  boost::asio::io_context io{1};
  int inside = 0;
  CHECK_THROWS_AS(fakes::run(io, first_of(throw_at_once(), stay(inside, 1h))), std::logic_error);
  CHECK_THROWS_AS(fakes::run(io, first_of(stay(inside, 1h), throw_at_once())), std::logic_error);
  CHECK(inside == 0);
}

TEST_CASE("cancelling the caller stops both, at every turn of the loop") {
  for (int turns = 0; turns < 10; ++turns) {
    boost::asio::io_context io{1};
    int inside = 0;
    TaskGroup group(io.get_executor());
    group.spawn("both", first_of(stay(inside, 1h), stay(inside, 1h)));
    for (int i = 0; i < turns; ++i) io.poll_one();
    fakes::run(io, group.stop());
    CHECK(inside == 0);
  }
}
