// SPDX-License-Identifier: Apache-2.0
// How the settings in force would change what is bound. Reads the cache only.
#pragma once

#include <set>
#include <string>

#include "controller/cluster_cache.hpp"
#include "controller/plan.hpp"

namespace acr::controller {

struct ScopeReview {
  ScopeChange change = {};
  std::set<std::string> leaving = {};  ///< namespaces with ServiceAccounts that would be unbound
};

/// Counts only what `cache` knows: to be asked once that is complete.
ScopeReview review_scope(const Rules& rules, const ClusterCache& cache);

}  // namespace acr::controller
