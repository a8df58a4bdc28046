// SPDX-License-Identifier: Apache-2.0
// `--cleanup`: takes everything back that the helper wrote, before it is uninstalled. Safe to repeat.
#pragma once

#include <cstddef>

#include "common/kube/api_client.hpp"
#include "controller/options.hpp"

namespace acr::controller {

/// What one run took away, or would have.
struct CleanupSummary {
  std::size_t unbound = 0;
  std::size_t deleted_secrets = 0;
};

/// Takes the Lease as holder `cleanup` and leaves it held for 60 s, so that a running controller does not undo the
/// work, and owned by the controllers' Role, so that it goes with that; empties the webhook registrations, deletes the
/// admission policy, unbinds, then deletes the Secrets with our label, the status and
/// the pod of `helm test`. Refuses (Invalid) before it has touched anything if the registration belongs to an
/// installation in another namespace. Goes over the cluster again until it is clean, since a controller may finish a
/// write that it had begun. The first error that is not a race ends it. With --dry-run it takes no Lease, writes
/// nothing, prints what it would take away and sums that up.
async::awaitable<Result<CleanupSummary>> apply_cleanup(kube::ApiClient& api, const Options& options);

}  // namespace acr::controller
