// SPDX-License-Identifier: Apache-2.0
#include "controller/shrink_guard.hpp"

namespace acr::controller {
namespace {

config::Settings scope_of(const config::Settings& settings) {
  config::Settings scope;
  scope.service_accounts = settings.service_accounts;
  scope.watch_namespaces = settings.watch_namespaces;
  scope.exclude_namespaces = settings.exclude_namespaces;
  scope.namespace_selector = settings.namespace_selector;
  return scope;
}

}  // namespace

bool ShrinkGuard::judge(const config::Settings& settings, const ScopeChange& change, async::Deadline now) {
  if (auto scope = scope_of(settings); scope_ != scope) {
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
