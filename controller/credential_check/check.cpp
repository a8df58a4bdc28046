// SPDX-License-Identifier: Apache-2.0
#include "controller/credential_check/check.hpp"

#include <algorithm>

namespace acr::controller {
namespace {

bool is_decided(const credentials::InstanceStatus& status) {
  return status.failures > 0 || status.last_success;
}

InstanceReport report_unknown_region(const config::RegistryInstance& item) {
  const auto name = item.instance_id.empty() ? "Personal Edition" : item.instance_id;
  InstanceReport report;
  report.instance = credentials::build_instance_key(item.instance_id, item.region_id);
  report.instance_id = item.instance_id;
  report.failure = with_advice({.kind = ErrorKind::Invalid,
                                .message = "cannot log in to " + name +
                                           ": the item has no regionId, and the region of the cluster is not known"},
                               "set regionId of the item, or --region");
  return report;
}

}  // namespace

async::awaitable<std::vector<InstanceReport>> check_instances(credentials::Refresher& refresher,
                                                              http::Client& registries, config::Settings settings,
                                                              std::chrono::milliseconds host_limit) {
  std::vector<InstanceReport> reports;
  auto& items = settings.instances;
  for (const auto& item : items) {
    if (item.region_id.empty()) reports.push_back(report_unknown_region(item));
  }
  std::erase_if(items, [](const auto& item) { return item.region_id.empty(); });
  refresher.apply(std::move(items), settings.expiring_threshold, settings.rrsa_enabled);
  refresher.start();
  while (!std::ranges::all_of(refresher.status(), is_decided)) co_await refresher.changed().wait();
  const auto logins = refresher.logins();
  const auto statuses = refresher.status();
  co_await refresher.stop();
  auto answers = co_await ask_hosts(registries, logins, host_limit);
  for (const auto& status : statuses) {
    const auto login = std::ranges::find(logins, status.instance_key, &credentials::RegistryLogin::instance_key);
    reports.push_back(build_report(status, login == logins.end() ? nullptr : &*login));
    if (login == logins.end()) continue;
    add_hosts(reports.back(), std::move(answers[static_cast<std::size_t>(login - logins.begin())]));
  }
  co_return reports;
}

}  // namespace acr::controller
