// SPDX-License-Identifier: Apache-2.0
// How many calls a RAM account may be burdened with, so that no fault here throttles the account's other users.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/async/rate_limit.hpp"
#include "common/base/error.hpp"
#include "common/base/metrics.hpp"

namespace acr::alibaba {

/// STS serves 100 calls a second for all users and roles of an account together; Container Registry documents no
/// number, and other clients of it stay below 15. The defaults leave nine tenths to others.
struct CallBudgetPolicy {
  double calls_per_second = 10;  ///< 0 = no limit
  double burst = 40;             ///< calls that may go at once: 20 instances start without waiting
};

/// When the next call of one account may go. Pure.
class CallBudget {
 public:
  explicit CallBudget(const CallBudgetPolicy& policy)
      : calls_(policy.calls_per_second, policy.burst), series_(policy.calls_per_second, policy.burst / 2) {}

  /// Takes a place among those who want to begin a series of calls (one for a renewal, two for a first login) and says
  /// when it is. Then begin_again_at() is to be asked.
  async::Deadline reserve_series(async::Deadline now) { return series_.reserve(now); }
  /// `now` if the series may begin; else when calls under way have theirs, and a new place is to be taken. Without it
  /// many series would begin, each waiting between its calls until its time is over.
  [[nodiscard]] async::Deadline begin_again_at(async::Deadline now) const { return calls_.next_place(now); }

  [[nodiscard]] async::Deadline next_call(async::Deadline now) const { return calls_.next_place(now); }
  /// Takes a call and says when it may go.
  async::Deadline reserve_call(async::Deadline now) { return calls_.reserve(now); }

 private:
  async::RateLimit calls_;
  async::RateLimit series_;
};

/// The budgets of all accounts, and the waiting. Counts waits in acr_cloud_call_waits_total{result}, "waited" or
/// "refused", and adds them up in acr_cloud_call_wait_seconds_total.
class CallBudgets {
 public:
  /// `metrics` must outlive it.
  CallBudgets(const CallBudgetPolicy& policy, Metrics& metrics);

  /// Waits until a series of calls may begin that needs these accounts. Not part of any deadline: a long line is no
  /// failure.
  async::awaitable<void> begin_series(std::vector<std::string> accounts);

  /// Waits until one call may go. Error (Throttled, with the pause): that would be after `latest`; nothing is taken.
  async::awaitable<Result<void>> spend(std::string account, async::Deadline latest);

 private:
  CallBudget& of(const std::string& account);
  async::awaitable<void> wait_until(async::Deadline moment);

  CallBudgetPolicy policy_;
  prometheus::Counter& waited_;
  prometheus::Counter& refused_;
  prometheus::Counter& seconds_;
  std::map<std::string, CallBudget> budgets_;  ///< as many as accounts were configured since the start
};

}  // namespace acr::alibaba
