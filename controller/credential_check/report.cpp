// SPDX-License-Identifier: Apache-2.0
#include "controller/credential_check/report.hpp"

#include <algorithm>

namespace acr::controller {

std::size_t CredentialReport::failures() const {
  const auto count =
      std::ranges::count_if(instances, [](const InstanceReport& report) { return report.failure.has_value(); });
  return static_cast<std::size_t>(count);
}

InstanceReport build_report(const credentials::InstanceStatus& status, const credentials::RegistryLogin* login) {
  InstanceReport report{.instance = status.instance_key,
                        .instance_id = status.instance_id,
                        .region_id = status.region_id,
                        .identity = status.chain.empty() ? std::string() : status.chain.front(),
                        .roles = {},
                        .access_key = status.access_key,
                        .domains = {},
                        .expires = {},
                        .warning = status.warning,
                        .hosts = {},
                        .failure = {}};
  if (status.chain.size() > 1) report.roles.assign(status.chain.begin() + 1, status.chain.end());
  if (login != nullptr) {
    report.domains = login->hosts;
    report.expires = login->expires;
  } else {
    report.failure = status.last_error.value_or(
        Error{.kind = ErrorKind::Timeout, .message = "cannot log in to " + status.instance_key + ": it was not tried"});
  }
  return report;
}

void add_hosts(InstanceReport& report, std::vector<HostReport> hosts) {
  report.hosts = std::move(hosts);
  if (!report.failure) report.failure = find_host_failure(report.hosts);
}

}  // namespace acr::controller
