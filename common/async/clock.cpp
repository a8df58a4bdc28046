// SPDX-License-Identifier: Apache-2.0
#include "common/async/clock.hpp"

namespace acr::async {
namespace {

SimulatedTime* simulated = nullptr;

}  // namespace

Clock::time_point Clock::now() noexcept {
  return simulated != nullptr ? simulated->now : time_point(std::chrono::steady_clock::now().time_since_epoch());
}

void Clock::simulate(SimulatedTime* time) noexcept {
  simulated = time;
}

Clock::duration ClockWait::to_wait_duration(const Clock::duration& left) {
  if (simulated == nullptr) return left;
  simulated->until_next_timer = left;
  return Clock::duration::zero();
}

}  // namespace acr::async
