// SPDX-License-Identifier: Apache-2.0
#include "controller/refresh_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "common/pullsecret/entry_ends.hpp"

namespace acr::controller {
namespace {

constexpr int kShareOfThreshold = 3;

}  // namespace

StaleSecret read_stale_secret(const kube::SecretInfo& secret) {
  return {.namespace_ = secret.key.namespace_,
          .resource_version = secret.resource_version,
          .expires = pullsecret::read_expires_at(secret),
          .refreshed = pullsecret::read_refreshed_at(secret)};
}

void RefreshSchedule::plan(std::vector<StaleSecret> stale, double qps, async::Deadline now) {
  // An unknown time sorts before every known one.
  std::ranges::sort(stale, {}, [](const StaleSecret& secret) {
    return std::tie(secret.expires, secret.refreshed, secret.namespace_);
  });
  slots_.clear();
  order_.clear();
  const std::chrono::duration<double> step{qps > 0 ? 1 / qps : 0};
  for (auto& secret : stale) {
    const auto delay = std::chrono::duration_cast<async::Clock::duration>(step * static_cast<double>(order_.size()));
    order_.push_back(secret.namespace_);
    slots_.insert_or_assign(std::move(secret.namespace_),
                            Slot{.moment = now + delay, .resource_version = std::move(secret.resource_version)});
  }
}

std::optional<async::Deadline> RefreshSchedule::slot(const std::string& namespace_name,
                                                     const std::string& resource_version) const {
  const auto found = slots_.find(namespace_name);
  if (found == slots_.end() || found->second.resource_version != resource_version) return std::nullopt;
  return found->second.moment;
}

std::optional<RefreshDelay> RefreshSchedule::judge(std::size_t secrets, double qps,
                                                   std::chrono::milliseconds threshold) {
  if (qps <= 0) return std::nullopt;
  const auto allowed = threshold / kShareOfThreshold;
  const auto count = static_cast<double>(secrets);
  const std::chrono::duration<double> takes{count / qps};
  if (takes <= allowed) return std::nullopt;
  const auto seconds = std::chrono::duration<double>(allowed).count();
  return RefreshDelay{.secrets = secrets,
                      .takes = std::chrono::ceil<std::chrono::seconds>(takes),
                      .allowed = allowed,
                      .needed_qps = static_cast<unsigned>(std::ceil(count / std::max(seconds, 1e-3)))};
}

}  // namespace acr::controller
