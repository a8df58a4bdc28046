// SPDX-License-Identifier: Apache-2.0
// The clock that everything waits by: monotonic time of the machine, or in tests a simulated time in which a day passes
// in a moment.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>

namespace acr::async {

/// A time that its owner moves; see Clock::simulate().
struct SimulatedTime;

/// Meets the requirements of a Clock of the standard. Not for the time of day: that is acr::WallTime.
class Clock {
 public:
  using duration = std::chrono::steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;  // NOLINT(readability-identifier-naming): the name that the standard asks for

  static time_point now() noexcept;

  /// From now on all of this process waits by `time`, which must outlive its use; nullptr = real time again. For tests:
  /// the owner runs what is ready, then moves the time to the next timer.
  static void simulate(SimulatedTime* time) noexcept;
};

struct SimulatedTime {
  Clock::time_point now{std::chrono::hours{1}};
  /// How far away the earliest timer was when it was last looked for.
  Clock::duration until_next_timer{};
};

/// How long the event loop sleeps for a timer. In simulated time it never does.
struct ClockWait {
  static Clock::duration to_wait_duration(const Clock::duration& left);
  static Clock::duration to_wait_duration(const Clock::time_point& moment) {
    return to_wait_duration(moment - Clock::now());
  }
};

using Timer = boost::asio::basic_waitable_timer<Clock, ClockWait>;

}  // namespace acr::async
