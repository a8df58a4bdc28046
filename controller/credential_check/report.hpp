// SPDX-License-Identifier: Apache-2.0
// What `--check-credentials` found out, as values. Holds no credential. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/credentials/refresher.hpp"
#include "controller/credential_check/host_report.hpp"

namespace acr::controller {

/// What came of one instance.
struct InstanceReport {
  std::string instance;            ///< "cri-x@cn-hangzhou", as in logs and metrics
  std::string instance_id;         ///< empty = Personal Edition
  std::string region_id;           ///< empty = not known
  std::string identity;            ///< the first RAM credential: "worker role K", "access key LTAI***", "RRSA"
  std::vector<std::string> roles;  ///< that are taken on from there, in order
  std::string access_key;  ///< of the credential that asked for the login: "***" and its last four; may be empty
  std::vector<std::string> domains;  ///< of the login
  std::optional<WallTime> expires;   ///< of the login; nullopt = there is none
  std::string warning;               ///< in which way it is less than was configured
  std::vector<HostReport> hosts;     ///< those of `domains` that were asked
  std::optional<Error> failure;      ///< why there is no login, or why it is of no use at its hosts
};

struct CredentialReport {
  std::string configuration;  ///< where it was read: "ConfigMap kube-system/acr-configuration"
  std::vector<std::string> configuration_errors;
  std::string findings = {};  ///< all about a file, with their lines; empty for the ConfigMap of a cluster
  std::string region_id;      ///< of the cluster; empty = not known
  std::vector<InstanceReport>
      instances;  ///< those without a known region first, then in the order of the configuration

  /// This runs where the controller does: elsewhere its ways to a RAM credential are not there.
  bool is_in_cluster = true;

  [[nodiscard]] std::size_t failures() const;
  /// Every instance has a login that is of use, and the configuration has no error.
  [[nodiscard]] bool is_good() const { return failures() == 0 && configuration_errors.empty(); }
};

/// `login` nullptr = there is none; the status then has the failure.
InstanceReport build_report(const credentials::InstanceStatus& status, const credentials::RegistryLogin* login);

/// What the hosts made of the login of `report`, and whether that is a failure.
void add_hosts(InstanceReport& report, std::vector<HostReport> hosts);

}  // namespace acr::controller
