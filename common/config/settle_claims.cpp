// SPDX-License-Identifier: Apache-2.0
// What the items of acr-registry-info have to settle among each other: repeats, and domains that several claim.
#include <algorithm>
#include <set>
#include <tuple>

#include "common/config/instances.hpp"

namespace acr::config {
namespace {

using Placed = std::vector<PlacedInstance>;

/// What decides which login an item gets: all but its domains.
auto identity_of(const RegistryInstance& instance) {
  const auto& key = instance.custom_access_key;
  return std::tuple(std::string_view(instance.instance_id), std::string_view(instance.region_id), key.has_value(),
                    key ? std::string_view(key->id) : std::string_view(),
                    key ? key->secret.reveal() : std::string_view(),
                    std::string_view(instance.custom_access_key_secret_ref), std::string_view(instance.assume_role_arn),
                    instance.expire_duration, std::string_view(instance.rrsa_role_arn),
                    std::string_view(instance.rrsa_oidc_provider_arn));
}

struct IdentityLess {
  bool operator()(const PlacedInstance* a, const PlacedInstance* b) const {
    return identity_of(a->instance) < identity_of(b->instance);
  }
};

/// Adds the domains of a second item of one instance; "all" on either side stays all.
void merge_domains(PlacedInstance& first, PlacedInstance& second) {
  auto& domains = first.instance.domains;
  if (domains.empty() || second.instance.domains.empty()) {
    domains.clear();
    first.domain_offsets.clear();
    return;
  }
  std::move(second.instance.domains.begin(), second.instance.domains.end(), std::back_inserter(domains));
  first.domain_offsets.insert(first.domain_offsets.end(), second.domain_offsets.begin(), second.domain_offsets.end());
}

/// Leaves the first of each identity in `placed`.
void merge_repeats(Placed& placed, const SourceText& source, Findings& findings) {
  std::set<PlacedInstance*, IdentityLess> firsts;
  std::vector<bool> is_repeat(placed.size());
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const auto [first, is_new] = firsts.insert(&placed[i]);
    if (is_new) continue;
    is_repeat[i] = true;
    findings.warning("duplicate-instance", source, placed[i].offset,
                     "the same instance was listed before; both were read as one item", "delete one of them");
    merge_domains(**first, placed[i]);
  }
  if (firsts.size() == placed.size()) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < placed.size(); ++i) {
    if (is_repeat[i]) continue;
    if (kept != i) placed[kept] = std::move(placed[i]);
    ++kept;
  }
  placed.erase(placed.begin() + static_cast<std::ptrdiff_t>(kept), placed.end());
}

/// Takes away the domains that this or an earlier item has. The views in `claimed` stay good as long as nothing
/// touches the domains of the items.
std::vector<std::vector<bool>> find_claims(const Placed& placed, const SourceText& source, Findings& findings) {
  std::set<std::string_view> claimed;
  std::vector<std::vector<bool>> keeps;
  keeps.reserve(placed.size());
  for (const auto& [instance, offsets, offset, duration] : placed) {
    auto& keep = keeps.emplace_back(instance.domains.size());
    std::set<std::string_view> own;
    for (std::size_t i = 0; i < instance.domains.size(); ++i) {
      const std::string_view domain = instance.domains[i];
      if (!own.insert(domain).second) continue;
      keep[i] = claimed.insert(domain).second;
      if (keep[i]) continue;
      findings.warning("domain-conflict", source, offsets[i], "an item above has this domain; it stays there",
                       "a host can have one login only");
    }
  }
  return keeps;
}

void keep_only(std::vector<std::string>& domains, const std::vector<bool>& keep) {
  if (std::find(keep.begin(), keep.end(), false) == keep.end()) return;
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < domains.size(); ++i) {
    if (keep[i]) kept.push_back(std::move(domains[i]));
  }
  domains = std::move(kept);
}

/// Two items may read one instance with different identities, but not for the same hosts.
void report_shared_instances(const Placed& placed, const SourceText& source, Findings& findings) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  std::set<std::pair<std::string_view, std::string_view>> seen_for_all;
  for (const auto& [instance, offsets, offset, duration] : placed) {
    const std::pair<std::string_view, std::string_view> place(instance.instance_id, instance.region_id);
    const bool is_for_all = instance.domains.empty();
    if (seen_for_all.contains(place) || (is_for_all && seen.contains(place))) {
      findings.warning("domain-conflict", source, offset,
                       "an item above reads the same instance with another identity; hosts of both stay there",
                       "give each of them the domains it is for");
    }
    seen.insert(place);
    if (is_for_all) seen_for_all.insert(place);
  }
}

}  // namespace

std::vector<RegistryInstance> settle_claims(std::vector<PlacedInstance> placed, const SourceText& source,
                                            Findings& findings) {
  merge_repeats(placed, source, findings);
  report_shared_instances(placed, source, findings);
  const auto keeps = find_claims(placed, source, findings);
  std::vector<RegistryInstance> settled;
  settled.reserve(placed.size());
  for (std::size_t i = 0; i < placed.size(); ++i) {
    auto& instance = placed[i].instance;
    const bool has_domains = !instance.domains.empty();
    keep_only(instance.domains, keeps[i]);
    // Without any domain left the item would mean all of them.
    if (has_domains && instance.domains.empty()) {
      findings.warning("item-without-domain", source, placed[i].offset,
                       "no domain is left for this item; it was ignored");
      continue;
    }
    settled.push_back(std::move(instance));
  }
  return settled;
}

}  // namespace acr::config
