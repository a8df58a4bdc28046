// SPDX-License-Identifier: Apache-2.0
#include "controller/plan.hpp"

#include <algorithm>

#include "common/config/match.hpp"
#include "common/pullsecret/binding.hpp"
#include "controller/cluster_cache.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kAlwaysAllowedRemovals = 10;

/// An entry of an earlier name serves until the Secret that takes its place is there.
bool waits_for_secret(const Rules& rules, const kube::ServiceAccountInfo& account, const kube::SecretInfo* secret) {
  if (secret != nullptr && secret->managed && !secret->terminating) return false;
  return std::ranges::any_of(rules.previous_secret_names, [&account](const std::string& name) {
    return pullsecret::is_bound(account.image_pull_secrets, name);
  });
}

bool loses_host(const kube::SecretInfo& current, const pullsecret::WantedSecret& wanted) {
  return !std::ranges::includes(wanted.hosts, current.registry_hosts);
}

/// May an instance that has no login yet have had one for this host?
bool is_awaited(const Rules& rules, const std::string& host) {
  const auto* awaited = rules.awaited;
  if (rules.hosts_uncertain || (awaited != nullptr && (awaited->any_host || !awaited->tried))) return true;
  return awaited != nullptr && std::ranges::binary_search(awaited->hosts, host);
}

/// Of those that `current` would lose, the ones whose login may be as good as it was, for all we know.
std::vector<pullsecret::KeptEntry> kept_entries(const Rules& rules, const kube::SecretInfo& current,
                                                const pullsecret::WantedSecret& wanted) {
  std::vector<pullsecret::KeptEntry> kept;
  if (!rules.hosts_uncertain && (rules.awaited == nullptr || rules.awaited->none())) return kept;
  if (!current.managed || current.type != kube::kDockerConfigType) return kept;
  const auto ends = pullsecret::read_entry_ends(current);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto& host = current.registry_hosts[i];
    const bool is_dropped = !std::ranges::binary_search(wanted.hosts, host);
    if (is_dropped && ends[i] > rules.now && is_awaited(rules, host)) kept.push_back({host, ends[i]});
  }
  return kept;
}

}  // namespace

bool is_covered(const Rules& rules, const kube::NamespaceInfo& info) {
  return config::covers_namespace(
      *rules.settings,
      {.name = info.name, .labels = info.labels, .excluded = is_excluded(info), .terminating = info.terminating});
}

bool is_covered(const Rules& rules, const kube::NamespaceInfo& namespace_info,
                const kube::ServiceAccountInfo& account) {
  return !account.excluded && is_covered(rules, namespace_info) &&
         config::covers_service_account_name(*rules.settings, account.key.name);
}

std::optional<BindingChange> plan_service_account(const Rules& rules, const kube::NamespaceInfo* namespace_info,
                                                  const kube::ServiceAccountInfo& account,
                                                  const kube::SecretInfo* secret) {
  if (namespace_info == nullptr || namespace_info->terminating) return std::nullopt;
  if (is_covered(rules, *namespace_info, account)) {
    if (waits_for_secret(rules, account, secret)) return std::nullopt;
    auto list = pullsecret::bound_list(account.image_pull_secrets, rules.secret_name, rules.settings->binding_mode,
                                       rules.previous_secret_names);
    if (!list) return std::nullopt;
    return BindingChange{BindingChange::Kind::Bind, std::move(*list)};
  }
  if (!rules.removals_allowed || (secret != nullptr && !secret->managed)) return std::nullopt;
  auto list = pullsecret::unbound_list(account.image_pull_secrets, rules.secret_name);
  if (!list) return std::nullopt;
  return BindingChange{BindingChange::Kind::Unbind, std::move(*list)};
}

SecretPlan plan_namespace(const Rules& rules, const kube::NamespaceInfo* namespace_info, const kube::SecretInfo* secret,
                          const pullsecret::WantedSecret* wanted, std::size_t bound_accounts) {
  if (namespace_info == nullptr || namespace_info->terminating) return {};
  if (!is_covered(rules, *namespace_info)) {
    if (secret == nullptr || !secret->managed || secret->terminating) return {};
    if (rules.removals_allowed && bound_accounts == 0) return {.remove = true};
  }
  if (wanted == nullptr) {
    if (secret == nullptr || !secret->managed) return {};
    return {.look_again = pullsecret::read_expires_at(*secret)};
  }
  if (secret == nullptr) return {.write = pullsecret::plan_secret(std::nullopt, *wanted)};
  const bool is_tried = rules.awaited == nullptr || rules.awaited->tried;
  SecretPlan plan{.write = pullsecret::plan_secret(*secret, *wanted), .keep = kept_entries(rules, *secret, *wanted)};
  // Where they cannot be kept beside the new ones they stay alone, but not once they have ended: those who have a login
  // do not wait for one who hangs.
  if (!is_tried && plan.keep.empty() && loses_host(*secret, *wanted) && !has_ended(*secret, rules.now)) return {};
  if (!plan.keep.empty()) plan.look_again = std::ranges::min(plan.keep, {}, &pullsecret::KeptEntry::ends).ends;
  return plan;
}

bool has_ended(const kube::SecretInfo& secret, WallTime now) {
  const auto end = pullsecret::read_expires_at(secret);
  return secret.managed && end && *end <= now;
}

bool is_shrinking_too_fast(const ScopeChange& change) {
  return change.would_unbind > kAlwaysAllowedRemovals && change.would_unbind * 2 > change.bound;
}

}  // namespace acr::controller
