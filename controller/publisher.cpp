// SPDX-License-Identifier: Apache-2.0
#include "controller/publisher.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "common/pullsecret/read_back.hpp"

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
  told_left_out_.clear();
  told_clashes_.clear();
  term_began_ = async::Clock::now();
}

AwaitedLogins Publisher::find_awaited() const {
  auto known = refresher_.awaited_hosts();
  AwaitedLogins awaited{.tried = true, .hosts = std::move(known.hosts), .any_host = known.unknown};
  const auto* settings = edge_.settings();
  if (settings == nullptr || refresher_.is_in_doubt()) return {.tried = false, .any_host = true};
  // Items that have no region yet are not known to the refresher.
  for (const auto& item : settings->instances) {
    if (!item.region_id.empty()) continue;
    awaited.tried = false;
    awaited.hosts.insert(awaited.hosts.end(), item.domains.begin(), item.domains.end());
    awaited.any_host = awaited.any_host || item.domains.empty();
  }
  awaited.tried = awaited.tried && std::ranges::all_of(refresher_.status(), [](const auto& status) {
                    return status.expires.has_value() || status.failures > 0;
                  });
  if (term_began_ + kCompleteAfter <= async::Clock::now()) awaited.tried = true;
  return awaited;
}

async::awaitable<void> Publisher::run() {
  for (;;) {
    const auto now = edge_.now();
    publication_.observe(refresher_.logins(), now);
    const auto* settings = edge_.settings();
    const bool may_publish = settings != nullptr && !refresher_.is_in_doubt();
    const auto due = may_publish ? publication_.due(settings->expiring_threshold, now) : std::nullopt;
    if (due && *due <= now) {
      publish(now);
      continue;
    }
    edge_.set_awaited(find_awaited());
    const auto tick = async::next_tick(kLookEvery);
    co_await refresher_.changed().wait_until(due ? std::min(tick, async::deadline_in(*due - now)) : tick);
  }
}

void Publisher::publish(WallTime now) {
  const auto& logins = publication_.publish(now);
  const auto config = pullsecret::build_docker_config(logins, now);
  tell(config);
  log::info("publishing registry logins", {log::kv("instances", logins.size()), log::kv("hosts", config.hosts.size())});
  auto wanted = pullsecret::build_wanted_secret(secret_name_, config, newest(logins, now));
  if (const auto good = pullsecret::read_back(wanted); !good) {
    log::error("the registry logins are not published", {log::kv("error", good.error().message)});
    return;
  }
  edge_.publish(std::move(wanted));
}

void Publisher::tell(const pullsecret::DockerConfig& config) {
  if (config.left_out == told_left_out_ && config.clashes == told_clashes_) return;
  told_left_out_ = config.left_out;
  told_clashes_ = config.clashes;
  for (const auto& left : config.left_out) {
    log::error("a login was left out of the pull secrets",
               {log::kv("instance", left.instance), log::kv("reason", left.reason)});
  }
  for (const auto& clash : config.clashes) {
    log::warn("two instances claim one host; one of them has it",
              {log::kv("host", clash.host), log::kv("kept", clash.kept_instance),
               log::kv("dropped", clash.dropped_instance)});
  }
  edge_.tell(config);
}

}  // namespace acr::controller
