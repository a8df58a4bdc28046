// SPDX-License-Identifier: Apache-2.0
// `--check-credentials`: reads the configuration, gets one login for each instance, shows it to its registry hosts,
// prints the report. Writes nothing to the cluster.
#pragma once

#include "common/base/metrics.hpp"
#include "common/http/resolver.hpp"
#include "common/http/tls.hpp"
#include "controller/options.hpp"

namespace acr::controller {

/// The configuration is the ConfigMap of the cluster, or the file of --check-config; then the cluster is only asked
/// for Secrets that sources need, and only if --kubeconfig is given or this is a pod. Prints to standard output and
/// returns the exit code: 0 if each instance got a login that is of use; 1 if one did not, if the configuration has
/// errors, or if the API server does not give it out; 2 for a file or kubeconfig that is unusable or absent. `options`,
/// `resolver` and `metrics` must outlive the task.
async::awaitable<int> check_credentials(const Options& options, http::Resolver& resolver, Metrics& metrics,
                                        http::TlsContextSource cloud_tls);

}  // namespace acr::controller
