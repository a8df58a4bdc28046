// SPDX-License-Identifier: Apache-2.0
// The coroutine words that the whole product uses, so that one folder changes when Asio does.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "common/async/clock.hpp"

namespace acr::async {

using boost::asio::awaitable;
using Executor = boost::asio::any_io_executor;

/// A point in time by which something must be over. Absolute, so that one budget is handed down through
/// resolve, connect, write and read instead of a fresh time limit at each level.
using Deadline = Clock::time_point;

inline Deadline deadline_in(Clock::duration duration) {
  return Clock::now() + duration;
}

/// The next moment that is a multiple of `period`: tasks that look at something now and then wake together.
inline Deadline next_tick(Clock::duration period) {
  const auto now = Clock::now();
  return now + period - now.time_since_epoch() % period;
}

/// Completion token: errors that are normal come back as values, `auto [error, n] = co_await op(as_value)`.
inline constexpr auto as_value = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace acr::async
