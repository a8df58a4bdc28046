// SPDX-License-Identifier: Apache-2.0
// From the command line and the environment to a usable Cluster. A program that stays waits a broken kubeconfig or
// token out instead of dying of it; one with a single job ends.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/kube/api_client.hpp"

namespace acr::kube {

/// Reads the kubeconfig at `path`, or what a pod knows if `path` is empty. Errors: Invalid, naming file and field.
Result<ClusterAccess> read_cluster_access(const std::string& path);

/// Access, CA, client certificate and token as they are now. Errors: Invalid, naming what cannot be used.
Result<std::unique_ptr<Cluster>> read_cluster(const std::string& path);

/// Which failures in a row are worth a log line: each that reads differently from the one before, and once a minute one
/// that does not, or whoever looks at the end of the log would find nothing.
class FailureLog {
 public:
  bool should_tell(const std::string& text, async::Deadline now);

 private:
  std::string told_;
  async::Deadline told_at_{};
};

/// Tries read_cluster() until it succeeds; pauses grow to 30 s. Calls `on_failure` with each failure; FailureLog says
/// which are logged.
async::awaitable<std::unique_ptr<Cluster>> connect_cluster(std::string path,
                                                           std::function<void(const Error&)> on_failure);

}  // namespace acr::kube
