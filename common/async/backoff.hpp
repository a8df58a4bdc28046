// SPDX-License-Identifier: Apache-2.0
// How long to wait after the n-th failure. Pure: the caller brings the random number.
#pragma once

#include <chrono>

namespace acr::async {

struct BackoffPolicy {
  std::chrono::milliseconds first;
  std::chrono::milliseconds cap;
  double factor = 2.0;
};

/// The pause after `failures` failures in a row (1 = the first): first * factor^(failures-1), at most cap,
/// scaled by a jitter between 0.5 and 1.5 taken from `random` in [0, 1), so that many that failed together do not retry
/// together.
std::chrono::milliseconds backoff_delay(const BackoffPolicy& policy, int failures, double random);

/// A random number in [0, 1) for jitter; not for secrets.
double random_fraction();

}  // namespace acr::async
