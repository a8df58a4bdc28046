// SPDX-License-Identifier: Apache-2.0
// Carries planned changes out: one API call each, the answer goes into the cache. No decisions.
#pragma once

#include <string>

#include "common/kube/api_client.hpp"
#include "common/pullsecret/wanted_secret.hpp"
#include "controller/cluster_cache.hpp"
#include "controller/plan.hpp"

namespace acr::controller {

/// Where writes go. With `dry_run` they are logged instead of sent.
struct Writer {
  kube::ApiClient& api;
  ClusterCache& cache;
  bool dry_run = false;
};

/// Writes the whole new list under the resourceVersion that was planned on (WR-1). Gives the object as it is
/// afterwards: an unbinding has succeeded only if that lacks our name. Errors: as ApiClient::send; Conflict if somebody
/// else wrote first.
async::awaitable<Result<kube::ServiceAccountInfo>> apply_binding(Writer writer, kube::ServiceAccountInfo account,
                                                                 BindingChange change, async::Priority priority);

/// Creates, updates, adopts or replaces the pull Secret. A create that meets an existing Secret, or a quota, reads it
/// into the cache and gives an Error, so that the next try updates.
async::awaitable<Result<void>> apply_secret(Writer writer, std::string namespace_name,
                                            pullsecret::SecretAction::Kind kind, pullsecret::WantedSecret wanted,
                                            async::Priority priority);

/// The content of a pull Secret as it was seen. Conflict, with the cache brought up to date: it is another one now.
async::awaitable<Result<Secret>> fetch_docker_config(Writer writer, kube::SecretInfo seen);

/// Deletes exactly the Secret that was seen.
async::awaitable<Result<void>> apply_secret_removal(Writer writer, kube::SecretInfo secret);

}  // namespace acr::controller
