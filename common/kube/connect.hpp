// SPDX-License-Identifier: Apache-2.0
// From the command line and the environment to a usable Cluster; a broken kubeconfig or token is waited out, not died
// of.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/kube/api_client.hpp"

namespace acr::kube {

/// Reads the kubeconfig at `path`, or what a pod knows if `path` is empty. Errors: Invalid, naming file and field.
Result<ClusterAccess> read_cluster_access(const std::string& path);

/// The cluster once access, CA, client certificate and token can be read. One try.
Result<std::unique_ptr<Cluster>> read_cluster(const std::string& path);

/// Tries until access, CA, client certificate and token can be read; pauses grow to 30 s. Calls `on_failure` with each
/// failure and logs it once per text.
async::awaitable<std::unique_ptr<Cluster>> connect_cluster(std::string path,
                                                           std::function<void(const Error&)> on_failure);

}  // namespace acr::kube
