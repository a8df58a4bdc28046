// SPDX-License-Identifier: Apache-2.0
#include "common/async/backoff.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace acr::async {

std::chrono::milliseconds backoff_delay(const BackoffPolicy& policy, int failures, double random) {
  // Past some sixty doublings only the cap counts, and the power would leave the range of long long.
  const double steps = std::clamp(failures - 1, 0, 60);
  const double wanted = static_cast<double>(policy.first.count()) * std::pow(policy.factor, steps);
  const double capped = std::min(wanted, static_cast<double>(policy.cap.count()));
  return std::chrono::milliseconds{static_cast<long long>(capped * (0.5 + random))};
}

double random_fraction() {
  static std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

}  // namespace acr::async
