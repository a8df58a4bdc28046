// SPDX-License-Identifier: Apache-2.0
#include "controller/shrink_guard.hpp"

#include "common/config/match.hpp"

namespace acr::controller {
bool ShrinkGuard::judge(const config::Settings& settings, const ScopeChange& change, async::Deadline now) {
  if (auto scope = config::scope_of(settings); scope_ != scope) {
    scope_ = std::move(scope);
    until_.reset();
    waited_ = false;
  }
  if (!is_shrinking_too_fast(change)) {
    until_.reset();
    return false;
  }
  if (waited_ || until_) return false;
  until_ = now + delay_;
  return true;
}

bool ShrinkGuard::expire(async::Deadline now) {
  if (!until_ || *until_ > now) return false;
  until_.reset();
  waited_ = true;
  return true;
}

}  // namespace acr::controller
