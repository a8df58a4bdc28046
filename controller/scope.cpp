// SPDX-License-Identifier: Apache-2.0
#include "controller/scope.hpp"

#include "common/pullsecret/binding.hpp"

namespace acr::controller {

ScopeReview review_scope(const Rules& rules, const ClusterCache& cache) {
  ScopeReview review;
  cache.service_accounts.for_each([&](const kube::ServiceAccountInfo& account) {
    if (!pullsecret::is_bound(account.image_pull_secrets, rules.secret_name)) return;
    const auto namespace_info = cache.find_namespace(account.key.namespace_);
    if (!namespace_info) return;
    ++review.change.bound;
    if (is_covered(rules, *namespace_info, account)) return;
    ++review.change.would_unbind;
    review.leaving.insert(account.key.namespace_);
  });
  return review;
}

}  // namespace acr::controller
