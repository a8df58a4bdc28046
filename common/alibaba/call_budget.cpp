// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/call_budget.hpp"

#include <fmt/format.h>

#include "common/async/sleep.hpp"

namespace acr::alibaba {
namespace {

CounterFamily& waits(Metrics& metrics) {
  return metrics.counter("acr_cloud_call_waits_total",
                         "Calls to the cloud that had to wait for the budget of their account, or were given up.");
}

}  // namespace

CallBudgets::CallBudgets(const CallBudgetPolicy& policy, Metrics& metrics)
    : policy_(policy),
      waited_(waits(metrics).Add({{"result", "waited"}})),
      refused_(waits(metrics).Add({{"result", "refused"}})),
      seconds_(metrics
                   .counter("acr_cloud_call_wait_seconds_total",
                            "How long calls to the cloud have waited for the budget of their account.")
                   .Add({})) {}

CallBudget& CallBudgets::of(const std::string& account) {
  return budgets_.try_emplace(account, policy_).first->second;
}

async::awaitable<void> CallBudgets::wait_until(async::Deadline moment) {
  const auto begin = async::deadline_in({});
  if (moment <= begin) co_return;
  waited_.Increment();
  seconds_.Increment(std::chrono::duration<double>(moment - begin).count());
  co_await async::sleep_until(moment);
}

async::awaitable<void> CallBudgets::begin_series(std::vector<std::string> accounts) {
  for (const auto& account : accounts) {
    auto& budget = of(account);
    for (;;) {
      co_await wait_until(budget.reserve_series(async::deadline_in({})));
      const auto now = async::deadline_in({});
      const auto again = budget.begin_again_at(now);
      if (again <= now) break;
      co_await wait_until(again);
    }
  }
}

async::awaitable<Result<void>> CallBudgets::spend(std::string account, async::Deadline latest) {
  auto& budget = of(account);
  const auto now = async::deadline_in({});
  const auto next = budget.next_call(now);
  if (next > latest) {
    refused_.Increment();
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(next - now);
    co_return fail({.kind = ErrorKind::Throttled,
                    .message = fmt::format("not sent: too many calls of this account wait already, for {} s",
                                           std::chrono::ceil<std::chrono::seconds>(pause).count()),
                    .retry_after = pause});
  }
  co_await wait_until(budget.reserve_call(now));
  co_return Result<void>{};
}

}  // namespace acr::alibaba
