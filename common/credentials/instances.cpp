// SPDX-License-Identifier: Apache-2.0
// How a Refresher takes over a configuration and the logins of an earlier process.
#include <algorithm>
#include <ranges>

#include "common/alibaba/endpoints.hpp"
#include "common/credentials/instance.hpp"

namespace acr::credentials {
namespace {

/// So long the end of a stored login is not believed before the cloud has told its time; an attempt takes half of it.
constexpr std::chrono::seconds kDoubt{60};

bool names_place(const config::RegistryInstance& item, const RegistryLogin& login) {
  return item.instance_id == login.instance_id && item.region_id == login.region_id;
}

/// Would the same one ask for the same instance?
bool is_same_login(const config::RegistryInstance& a, const config::RegistryInstance& b) {
  return a.instance_id == b.instance_id && a.region_id == b.region_id &&
         build_identity_digest(a) == build_identity_digest(b);
}

}  // namespace

std::vector<std::string> Refresher::Instance::known_hosts() const {
  if (!configured.domains.empty()) return configured.domains;
  return is_personal() ? alibaba::build_personal_hosts(configured.region_id) : listed_hosts;
}

/// Gives `login` the hosts that the instance is for, as far as they are known. False: it keeps those of `domains` that
/// are no longer configured.
bool Refresher::Instance::settle_hosts(RegistryLogin& of) const {
  auto hosts = known_hosts();
  if (hosts.empty()) return of.hosts_from != HostsFrom::Configuration;
  of.hosts = std::move(hosts);
  of.hosts_from = configured.domains.empty() ? HostsFrom::Cloud : HostsFrom::Configuration;
  return true;
}

void Refresher::apply(std::vector<config::RegistryInstance> items, std::chrono::milliseconds threshold,
                      bool rrsa_enabled) {
  const bool new_threshold = std::exchange(threshold_, threshold) != threshold;
  const bool rrsa_switched = std::exchange(item_parts_.rrsa_enabled, rrsa_enabled) != rrsa_enabled;
  const auto keys = build_instance_keys(items);
  const auto before = std::exchange(instances_, {});
  std::vector<RegistryLogin> served;
  for (const auto& instance : before) {
    if (instance->login) served.push_back(*instance->login);
  }
  std::vector<InstancePointer> added;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto has_key = [&](const InstancePointer& instance) { return instance->key == keys[i]; };
    if (std::ranges::any_of(instances_, has_key)) continue;  // the very same item twice
    auto known = std::ranges::find_if(before, has_key);
    if (known == before.end()) {
      known = std::ranges::find_if(before, [&](const InstancePointer& instance) {
        return is_same_login(instance->configured, items[i]) && std::ranges::find(keys, instance->key) == keys.end();
      });
      if (known != before.end()) rename(**known, keys[i]);
    }
    if (known == before.end()) {
      added.push_back(add(std::move(items[i]), keys[i]));
      continue;
    }
    auto& instance = **known;
    instances_.push_back(*known);
    const bool is_edited = instance.configured != items[i] || (rrsa_switched && !items[i].rrsa_role_arn.empty());
    const bool is_due = is_edited && change(instance, std::move(items[i]));
    // What is due already, and only waits for its turn, stays due.
    const bool is_waiting = !is_due && !instance.retry_at && instance.next_try > openapi_.now();
    if (new_threshold && is_waiting && instance.login && instance.failures == 0) {
      plan_renewal(instance);
      instance.wake.notify_all();
    }
  }
  take_restored();
  for (const auto& instance : instances_) borrow(*instance, served);
  if (running_) {
    for (const auto& instance : added) tasks_.spawn("refresh " + instance->key, run(instance));
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
  make_due(*instance);
  instances_.push_back(instance);
  return instance;
}

/// True if the instance is tried at once.
bool Refresher::change(Instance& instance, config::RegistryInstance item) {
  const bool new_hosts = instance.configured.domains != item.domains;
  instance.configured = std::move(item);
  ++instance.generation;
  const auto identity_before = std::exchange(instance.identity, find_identity(instance.configured));
  const bool new_identity = identity_before != instance.identity;
  const bool hosts_known = !new_hosts || !instance.login || instance.settle_hosts(*instance.login);
  if (instance.login && instance.login->hosts_from != HostsFrom::NameRule) instance.hosts_warning.clear();
  // The user has acted: pauses that were waiting for that are over.
  const bool is_due = new_identity || !hosts_known || !instance.login || instance.failures > 0 || instance.attempting;
  if (is_due) {
    instance.failures = 0;
    instance.identity->cache.forget_failure();
    make_due(instance);
  } else {
    instance.wake.notify_all();
  }
  return is_due;
}

void Refresher::rename(Instance& instance, std::string key) {
  forget_series(instance);
  instance.key = std::move(key);
  if (!instance.login) return;
  instance.login->instance_key = instance.key;
  show_expiry(instance);
}

void Refresher::remove(Instance& instance) {
  instance.removed = true;
  instance.wake.notify_all();
  forget_series(instance);
}

/// Whoever renews nothing must not show what it renewed once.
void Refresher::hide(const Instance& instance) {
  for (auto* family : {&expiry_, &failing_}) family->Remove(&family->Add({{kInstanceLabel, instance.key}}));
}

/// Edits of years must not leave a series for each instance there ever was.
void Refresher::forget_series(Instance& instance) {
  hide(instance);
  for (const auto& result : std::exchange(instance.counted_results, {})) {
    refreshes_.Remove(&refreshes_.Add({{kInstanceLabel, instance.key}, {"result", result}}));
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
  const auto identity = std::make_shared<Identity>(executor_, std::move(own), source, openapi_.time(), options_.retry);
  identity->cache.on_recovery([this, raw = identity.get()] { retry_without_credential(*raw); });
  identities_[key] = identity;
  return identity;
}

void Refresher::restore(std::vector<RegistryLogin> logins) {
  restored_ = std::move(logins);
  doubt_until_ = async::deadline_in(kDoubt);
  take_restored();
  for (const auto& instance : instances_) instance->wake.notify_all();
  changed_.notify_all();
}

void Refresher::take_restored() {
  const auto served = restored_;
  const auto take_first = [this](Instance& instance, auto fits) {
    const auto login = std::ranges::find_if(restored_, fits);
    if (login == restored_.end()) return;
    auto candidate = std::move(*login);
    restored_.erase(login);
    adopt(instance, std::move(candidate), true);
  };
  for (const auto& instance : instances_)
    take_first(*instance, [&](const RegistryLogin& login) { return login.instance_key == instance->key; });
  for (const auto& instance : instances_) {
    if (instance->login) continue;
    const auto identity = build_identity_digest(instance->configured);
    take_first(*instance, [&](const RegistryLogin& login) {
      return names_place(instance->configured, login) && login.identity == identity;
    });
  }
  for (const auto& instance : instances_) borrow(*instance, served);
}

/// False if the login is of no use, or not better than what the instance has. `is_restored`: another process has
/// obtained it since, so that our own failures say nothing any more.
bool Refresher::adopt(Instance& instance, RegistryLogin login, bool is_restored) {
  const auto now = openapi_.now();
  const bool has_ended = login.expires <= now && !may_doubt_time();
  if (has_ended || login.issued >= login.expires) return false;
  if (instance.login && instance.login->expires >= login.expires) return false;
  login.issued = std::min(login.issued, now);
  login.instance_key = instance.key;
  const bool is_listed = login.hosts_from == HostsFrom::Cloud && !instance.is_personal();
  if (is_listed && instance.listed_hosts.empty()) instance.listed_hosts = login.hosts;
  const bool hosts_known = instance.settle_hosts(login);
  const bool other_identity = !login.identity.empty() && login.identity != build_identity_digest(instance.configured);
  instance.login = std::move(login);
  instance.had_login = true;
  show_expiry(instance);
  if (instance.failures > 0 && !is_restored) return true;
  instance.failures = 0;
  instance.last_error.reset();
  plan_renewal(instance);
  if (!hosts_known || other_identity) make_due(instance);
  return true;
}

/// A new identity of an instance serves, until it has a login of its own, those of its hosts that were served already:
/// an edit takes nothing away.
void Refresher::borrow(Instance& instance, const std::vector<RegistryLogin>& served) {
  const auto& domains = instance.configured.domains;
  for (const auto& login : served) {
    if (instance.login) return;
    if (!names_place(instance.configured, login)) continue;
    auto hosts = login.hosts;
    if (!domains.empty())
      std::erase_if(hosts, [&](const std::string& host) { return std::ranges::find(domains, host) == domains.end(); });
    if (hosts.empty() || !adopt(instance, login, false)) continue;
    instance.login->hosts = std::move(hosts);
    make_due(instance);
  }
}

void Refresher::retry_now(const std::string& instance_key) {
  for (const auto& instance : instances_) {
    if (!instance_key.empty() && instance->key != instance_key) continue;
    instance->identity->cache.forget_failure();
    make_due(*instance);
  }
}

void Refresher::make_due(Instance& instance) {
  instance.retry_at = async::deadline_in({});
  instance.next_try = openapi_.now();
  instance.wake.notify_all();
}

}  // namespace acr::credentials
