// SPDX-License-Identifier: Apache-2.0
// How a Refresher takes over a configuration and the logins of an earlier process.
#include <algorithm>
#include <ranges>

#include "common/alibaba/endpoints.hpp"
#include "common/credentials/instance.hpp"

namespace acr::credentials {

void Refresher::apply(std::vector<config::RegistryInstance> items, std::chrono::milliseconds threshold,
                      bool rrsa_enabled) {
  const bool new_threshold = std::exchange(threshold_, threshold) != threshold;
  const bool rrsa_switched = std::exchange(item_parts_.rrsa_enabled, rrsa_enabled) != rrsa_enabled;
  const auto keys = build_instance_keys(items);
  const auto before = std::exchange(instances_, {});
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto has_key = [&](const InstancePointer& instance) { return instance->key == keys[i]; };
    if (std::ranges::any_of(instances_, has_key)) continue;  // the very same item twice
    const auto known = std::ranges::find_if(before, has_key);
    if (known == before.end()) {
      add(std::move(items[i]), keys[i]);
      continue;
    }
    instances_.push_back(*known);
    if ((*known)->configured != items[i] || (rrsa_switched && !items[i].rrsa_role_arn.empty())) {
      change(**known, std::move(items[i]));
    } else if (new_threshold && (*known)->login && (*known)->failures == 0) {
      plan_renewal(**known);
      (*known)->wake.notify_all();
    }
  }
  for (const auto& instance : before) {
    if (std::ranges::find(instances_, instance) == instances_.end()) remove(*instance);
  }
  std::erase_if(identities_, [](const auto& entry) { return entry.second.expired(); });
  changed_.notify_all();
}

Refresher::InstancePointer Refresher::add(config::RegistryInstance item, std::string key) {
  const auto instance = std::make_shared<Instance>(executor_, std::move(item), std::move(key));
  instance->identity = find_identity(instance->configured);
  instance->next_try = openapi_.now();
  instances_.push_back(instance);
  take_restored(*instance);
  if (running_) tasks_.spawn("refresh " + instance->key, run(instance));
  return instance;
}

void Refresher::change(Instance& instance, config::RegistryInstance item) {
  const bool new_hosts = instance.configured.domains != item.domains;
  instance.configured = std::move(item);
  ++instance.generation;
  const auto identity_before = std::exchange(instance.identity, find_identity(instance.configured));
  const bool new_identity = identity_before != instance.identity;
  bool hosts_known = true;
  if (new_hosts && instance.login) {
    const auto known =
        instance.is_personal() ? alibaba::build_personal_hosts(instance.configured.region_id) : instance.listed_hosts;
    hosts_known = !instance.configured.domains.empty() || !known.empty();
    if (hosts_known) instance.login->hosts = instance.configured.domains.empty() ? known : instance.configured.domains;
  }
  // The user has acted: pauses that were waiting for that are over.
  if (new_identity || !hosts_known || !instance.login || instance.failures > 0 || instance.attempting) {
    instance.failures = 0;
    instance.retry_at.reset();
    instance.next_try = openapi_.now();
  }
  instance.wake.notify_all();
}

void Refresher::remove(Instance& instance) {
  instance.removed = true;
  instance.wake.notify_all();
  // Edits of years must not leave a series for each instance there ever was.
  expiry_.Remove(&expiry_.Add({{"instance", instance.key}}));
  for (const auto& result : instance.counted_results) {
    refreshes_.Remove(&refreshes_.Add({{"instance", instance.key}, {"result", result}}));
  }
}

std::shared_ptr<Refresher::Identity> Refresher::find_identity(const config::RegistryInstance& item) {
  const auto key = build_identity_key(item, item_parts_.rrsa_enabled);
  if (auto identity = identities_[key].lock()) return identity;
  std::unique_ptr<CredentialSource> own;
  if (item.assume_role_arn.empty()) {
    own = build_own_source(item, item_parts_);
  } else {
    const auto base = find_identity(build_base_item(item));
    own = build_assumed_source(item, item_parts_, std::shared_ptr<CredentialCache>(base, &base->cache));
  }
  auto& source = own ? *own : default_source_;
  const auto identity =
      std::make_shared<Identity>(executor_, std::move(own), source, [this] { return openapi_.now(); });
  identities_[key] = identity;
  return identity;
}

void Refresher::restore(std::vector<RegistryLogin> logins) {
  restored_ = std::move(logins);
  for (const auto& instance : instances_) {
    take_restored(*instance);
    instance->wake.notify_all();
  }
  changed_.notify_all();
}

void Refresher::take_restored(Instance& instance) {
  const auto login = std::ranges::find(restored_, instance.key, &RegistryLogin::instance_key);
  if (login == restored_.end()) return;
  auto candidate = std::move(*login);
  restored_.erase(login);
  const auto now = openapi_.now();
  if (candidate.expires <= now || candidate.issued >= candidate.expires) return;
  if (instance.login && instance.login->expires >= candidate.expires) return;
  candidate.issued = std::min(candidate.issued, now);
  if (!instance.configured.domains.empty()) candidate.hosts = instance.configured.domains;
  const bool listed = instance.configured.domains.empty() && !instance.is_personal();
  const bool by_rule = candidate.hosts == alibaba::build_enterprise_patterns(instance.configured.region_id);
  if (listed && !by_rule && instance.listed_hosts.empty()) instance.listed_hosts = candidate.hosts;
  instance.login = std::move(candidate);
  if (instance.failures == 0) plan_renewal(instance);
}

void Refresher::retry_now(const std::string& instance_key) {
  for (const auto& instance : instances_) {
    if (instance_key.empty() || instance->key == instance_key) make_due(*instance);
  }
}

void Refresher::make_due(Instance& instance) {
  instance.retry_at.reset();
  instance.next_try = openapi_.now();
  instance.wake.notify_all();
}

}  // namespace acr::credentials
