// SPDX-License-Identifier: Apache-2.0
// Turns many bindings into few Events: a handful is told one by one, a backfill as one sum.
#pragma once

#include <vector>

#include "common/kube/event_recorder.hpp"
#include "controller/cluster_cache.hpp"

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

}  // namespace acr::controller
