// SPDX-License-Identifier: Apache-2.0
// Wakes tasks that wait for a change: the condition variable of a single-threaded program.
#pragma once

#include "common/async/awaitable.hpp"

namespace acr::async {

/// Carries no state: a waiter checks its condition, waits, and checks again. Must outlive its waiters.
class Notifier {
 public:
  explicit Notifier(const Executor& executor);

  /// Wakes everybody who waits now.
  void notify_all();
  /// Wakes the one who has waited longest, if anybody waits now.
  void notify_one();

  awaitable<void> wait();
  /// Returns at `moment` at the latest.
  awaitable<void> wait_until(Deadline moment);

 private:
  Timer timer_;
};

}  // namespace acr::async
