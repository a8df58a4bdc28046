// SPDX-License-Identifier: Apache-2.0
#include "controller/publication.hpp"

#include <algorithm>

#include "common/config/renewal_lead.hpp"

namespace acr::controller {
namespace {

using std::chrono::milliseconds;

/// At a start the logins of many instances come within this time after the first.
constexpr milliseconds kFirstWait{2000};
/// Later whoever comes late, after an outage, comes with others.
constexpr milliseconds kLaterWait{5000};

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

milliseconds life_of(const credentials::RegistryLogin& login) {
  return std::chrono::duration_cast<milliseconds>(login.expires - login.issued);
}

}  // namespace

const credentials::RegistryLogin* Publication::published(const std::string& instance_key) const {
  return find(published_, instance_key);
}

/// A moment that is still to come was noted before the clock was corrected.
void Publication::observe(Logins present, WallTime now) {
  std::map<std::string, WallTime> arrived;
  for (const auto& login : present) {
    const auto* old = published(login.instance_key);
    if (old != nullptr && *old == login) continue;
    const auto since = arrived_.find(login.instance_key);
    arrived.emplace(login.instance_key, since == arrived_.end() ? now : std::min(since->second, now));
  }
  arrived_ = std::move(arrived);
  std::map<std::string, WallTime> vanished;
  for (const auto& login : published_) {
    if (find(present, login.instance_key) != nullptr) continue;
    const auto since = vanished_.find(login.instance_key);
    vanished.emplace(login.instance_key, since == vanished_.end() ? now : std::min(since->second, now));
  }
  vanished_ = std::move(vanished);
  known_ = known_ || !present.empty();
  present_ = std::move(present);
  reordered_ = keys_of(present_) != keys_of(published_);
}

/// Each publication is a write to every namespace: the first login goes at once, what comes after it together.
milliseconds Publication::newcomers_wait(WallTime now) const {
  if (published_.empty()) return {};
  milliseconds life = config::kUsualLife;
  for (const auto& login : present_) life = std::min(life, life_of(login));
  const auto recent = std::ranges::count_if(publishings_, [&](WallTime moment) { return moment > now - life; });
  return recent > 1 ? kLaterWait : kFirstWait;
}

std::optional<WallTime> Publication::due(milliseconds threshold, WallTime now) const {
  if (!known_) return std::nullopt;
  if (!ever_published_ || (arrived_.empty() && vanished_.empty() && reordered_)) return now;
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
  for (const auto& [key, since] : vanished_)
    waiting.push_back({.arrived = since, .replaces_expiry = {}, .latest = published(key)->expires});
  return credentials::publish_at(waiting, lead, newcomers_wait(now));
}

void Publication::note_edit() {
  if (publishings_.size() > 1) publishings_.erase(publishings_.begin(), publishings_.end() - 1);
}

const Publication::Logins& Publication::publish(WallTime now) {
  published_ = present_;
  std::erase_if(publishings_, [now](WallTime moment) { return moment <= now - config::kUsualLife; });
  publishings_.push_back(now);
  arrived_.clear();
  vanished_.clear();
  reordered_ = false;
  ever_published_ = true;
  return published_;
}

}  // namespace acr::controller
