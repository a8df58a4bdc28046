// SPDX-License-Identifier: Apache-2.0
// Turns many bindings into few Events: a handful is told one by one, a backfill as one sum.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "common/kube/event_recorder.hpp"
#include "controller/cluster_cache.hpp"
#include "controller/plan.hpp"

namespace acr::controller {

class BindingReport {
 public:
  /// Both must outlive it.
  BindingReport(ClusterCache& cache, kube::EventRecorder& events) : cache_(cache), events_(events) {}

  void attached(const kube::ServiceAccountInfo& account) { attached_.push_back(reference(account)); }
  void detached(const kube::ServiceAccountInfo& account) { detached_.push_back(reference(account)); }

  /// Emits what has gathered since the last call.
  void flush();

 private:
  using Accounts = std::vector<kube::ObjectReference>;
  static kube::ObjectReference reference(const kube::ServiceAccountInfo& account);
  void tell(Accounts accounts, const char* reason, const char* action, const char* verb);

  ClusterCache& cache_;
  kube::EventRecorder& events_;
  Accounts attached_;
  Accounts detached_;
};

/// The first `limit` of them, and how many there are besides.
std::string join_some(const std::set<std::string>& names, std::size_t limit);

/// ScopeShrinking: `change` waits for `delay`; `namespaces` are those that lose bindings.
kube::Event build_shrinking_event(kube::ObjectReference config_map, const ScopeChange& change,
                                  const std::set<std::string>& namespaces, std::chrono::milliseconds delay);

}  // namespace acr::controller
