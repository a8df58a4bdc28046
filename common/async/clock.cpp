// SPDX-License-Identifier: Apache-2.0
#include "common/async/clock.hpp"

#include <ctime>
#include <fstream>

#include "common/async/boot_time.hpp"

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

std::chrono::nanoseconds boot_time() noexcept {
  if (simulated != nullptr) return simulated->now.time_since_epoch();
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

Clock::duration ClockWait::to_wait_duration(const Clock::duration& left) {
  if (simulated == nullptr) return left;
  simulated->until_next_timer = left;
  return Clock::duration::zero();
}

}  // namespace acr::async
