// SPDX-License-Identifier: Apache-2.0
// Time that a test moves, so that minutes pass in a moment.
#pragma once

#include <algorithm>
#include <chrono>

#include "common/async/clock.hpp"
#include "common/base/time.hpp"

namespace acr::fakes {

/// Moves async::Clock, and a wall clock with it, for as long as it lives.
class SimulatedClock {
 public:
  SimulatedClock() { async::Clock::simulate(&time_); }
  ~SimulatedClock() { async::Clock::simulate(nullptr); }
  SimulatedClock(const SimulatedClock&) = delete;
  SimulatedClock& operator=(const SimulatedClock&) = delete;

  [[nodiscard]] WallTime now() const {
    return kStart + std::chrono::duration_cast<WallTime::duration>(time_.now - begin_);
  }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const { return time_.now - begin_; }
  /// Goes on to the next timer, but no further than `most`.
  void advance(std::chrono::nanoseconds most) {
    pass(std::clamp<std::chrono::nanoseconds>(time_.until_next_timer, std::chrono::microseconds{1}, most));
  }
  /// Goes on by all of `time`, whatever waits.
  void pass(std::chrono::nanoseconds time) { time_.now += time; }

  static constexpr WallTime kStart{std::chrono::seconds{1767225600}};  // 2026-01-01T00:00:00Z

 private:
  async::SimulatedTime time_;
  async::Clock::time_point begin_ = time_.now;
};

}  // namespace acr::fakes
