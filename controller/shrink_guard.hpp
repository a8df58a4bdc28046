// SPDX-License-Identifier: Apache-2.0
// Holds removals back when a configuration would unbind suspiciously much (design idea 5). Pure: time is an argument.
#pragma once

#include <chrono>
#include <optional>

#include "common/async/awaitable.hpp"
#include "common/config/settings.hpp"
#include "controller/plan.hpp"

namespace acr::controller {

class ShrinkGuard {
 public:
  explicit ShrinkGuard(std::chrono::milliseconds delay) : delay_(delay) {}

  /// Weighs what `settings` would change. Returns true if a wait has begun that is to be told. Another scope begins a
  /// wait of its own; the same scope, once its wait is over, is not held back again.
  bool judge(const config::Settings& settings, const ScopeChange& change, async::Deadline now);

  /// Must removals wait?
  [[nodiscard]] bool holds() const { return until_.has_value(); }

  /// True once, when the time to object is over and the removals may go ahead.
  bool expire(async::Deadline now);

 private:
  std::chrono::milliseconds delay_;
  std::optional<config::Settings> scope_;  ///< only the fields that decide what is covered
  std::optional<async::Deadline> until_;
  bool waited_ = false;
};

}  // namespace acr::controller
