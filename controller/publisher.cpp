// SPDX-License-Identifier: Apache-2.0
#include "controller/publisher.hpp"

#include <algorithm>

#include "common/base/log.hpp"

namespace acr::controller {
namespace {

/// Wall-clock moments are looked at again at least so often: a clock can be set, a machine can sleep (CRT-5).
constexpr std::chrono::seconds kLookEvery{30};

/// An instance that neither logs in nor fails in this time, because its region stays unknown, holds nobody back any
/// longer.
constexpr std::chrono::seconds kCompleteAfter{60};

WallTime newest(const Publication::Logins& logins, WallTime otherwise) {
  const auto found = std::ranges::max_element(logins, {}, &credentials::RegistryLogin::issued);
  return found == logins.end() ? otherwise : found->issued;
}

}  // namespace

void Publisher::begin_term() {
  publication_ = {};
  term_began_ = std::chrono::steady_clock::now();
}

bool Publisher::logins_complete() const {
  if (term_began_ + kCompleteAfter <= std::chrono::steady_clock::now()) return true;
  const auto* in_force = configuration_.in_force();
  const bool withheld = in_force == nullptr || std::ranges::any_of(in_force->settings.instances, &std::string::empty,
                                                                   &config::RegistryInstance::region_id);
  return !withheld && std::ranges::all_of(refresher_.status(), [](const credentials::InstanceStatus& status) {
    return status.expires.has_value() || status.failures > 0;
  });
}

async::awaitable<void> Publisher::run() {
  for (;;) {
    const auto now = std::chrono::system_clock::now();
    publication_.observe(refresher_.logins(), now);
    const auto* in_force = configuration_.in_force();
    const auto due = in_force == nullptr ? std::nullopt : publication_.due(in_force->settings.expiring_threshold, now);
    if (due && *due <= now) {
      publish(now);
      continue;
    }
    reconciler_.set_logins_complete(logins_complete());
    const auto pause = due ? std::min<WallTime::duration>(*due - now, kLookEvery) : WallTime::duration{kLookEvery};
    co_await refresher_.changed().wait_until(async::deadline_in(pause));
  }
}

void Publisher::publish(WallTime now) {
  const auto& logins = publication_.publish();
  auto config = pullsecret::build_docker_config(logins, now);
  if (!config) {
    log::error("the pull secrets keep their old content", {log::kv("error", config.error().message)});
    return;
  }
  for (const auto& line : config->left_out)
    log::error("a login was left out of the pull secrets", {log::kv("reason", line)});
  for (const auto& clash : config->clashes) {
    log::warn("two instances claim one host; the first in the configuration has it",
              {log::kv("host", clash.host), log::kv("kept", clash.kept_instance),
               log::kv("dropped", clash.dropped_instance)});
  }
  log::info("publishing registry logins",
            {log::kv("instances", logins.size()), log::kv("hosts", config->hosts.size())});
  reconciler_.publish(pullsecret::build_wanted_secret(options_.common.secret_name, *config, newest(logins, now)));
}

}  // namespace acr::controller
