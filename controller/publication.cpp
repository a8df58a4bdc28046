// SPDX-License-Identifier: Apache-2.0
#include "controller/publication.hpp"

#include <algorithm>

#include "common/config/renewal_lead.hpp"

namespace acr::controller {
namespace {

const credentials::RegistryLogin* find(const std::vector<credentials::RegistryLogin>& logins,
                                       const std::string& instance_key) {
  const auto found = std::ranges::find(logins, instance_key, &credentials::RegistryLogin::instance_key);
  return found == logins.end() ? nullptr : &*found;
}

std::vector<std::string> keys_of(const std::vector<credentials::RegistryLogin>& logins) {
  std::vector<std::string> keys;
  for (const auto& login : logins) keys.push_back(login.instance_key);
  return keys;
}

std::chrono::milliseconds life_of(const credentials::RegistryLogin& login) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(login.expires - login.issued);
}

}  // namespace

const credentials::RegistryLogin* Publication::published(const std::string& instance_key) const {
  return find(published_, instance_key);
}

void Publication::observe(Logins present, WallTime now) {
  std::map<std::string, WallTime> arrived;
  for (const auto& login : present) {
    const auto* old = published(login.instance_key);
    if (old != nullptr && *old == login) continue;
    const auto since = arrived_.find(login.instance_key);
    arrived.emplace(login.instance_key, since == arrived_.end() ? now : since->second);
  }
  arrived_ = std::move(arrived);
  known_ = known_ || !present.empty();
  present_ = std::move(present);
  reordered_ = keys_of(present_) != keys_of(published_);
}

bool Publication::lost_any() const {
  return std::ranges::any_of(published_,
                             [this](const auto& login) { return find(present_, login.instance_key) == nullptr; });
}

std::optional<WallTime> Publication::due(std::chrono::milliseconds threshold, WallTime now) const {
  if (!known_) return std::nullopt;
  if (!ever_published_ || lost_any() || (arrived_.empty() && reordered_)) return now;
  std::vector<credentials::Unpublished> waiting;
  auto lead = threshold;
  for (const auto& [key, since] : arrived_) {
    const auto* old = published(key);
    const auto* login = find(present_, key);
    // Other hosts are what somebody has asked for; only a renewal of the same can wait.
    const bool renews = old != nullptr && login != nullptr && old->hosts == login->hosts;
    if (renews) lead = std::min(lead, config::renewal_lead(threshold, life_of(*old)));
    waiting.push_back({.arrived = since, .replaces_expiry = renews ? std::optional(old->expires) : std::nullopt});
  }
  return credentials::publish_at(waiting, lead);
}

const Publication::Logins& Publication::publish() {
  published_ = present_;
  arrived_.clear();
  reordered_ = false;
  ever_published_ = true;
  return published_;
}

}  // namespace acr::controller
