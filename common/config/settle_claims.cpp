// SPDX-License-Identifier: Apache-2.0
// What the items of acr-registry-info have to settle among each other: repeats, and domains that several claim.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include "common/base/text.hpp"
#include "common/config/host_overlap.hpp"
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

/// Some of the hosts of an item, for a message.
std::string show_hosts(const PlacedInstance& item, const SourceText& source) {
  constexpr std::size_t kMostShown = 5;
  constexpr std::size_t kQuotedBytes = 80;
  const auto& hosts = item.instance.domains;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(hosts.size(), kMostShown); ++i)
    shown.push_back(quote_from(source, item.domain_offsets[i], hosts[i], kQuotedBytes));
  return fmt::format("{}{}", fmt::join(shown, ", "), hosts.size() > kMostShown ? " and more" : "");
}

/// Of two items of one instance; the hosts that one lists while the other takes all narrow nothing.
std::string describe_merge(const PlacedInstance& first, const PlacedInstance& second, const SourceText& source) {
  const std::string words = "the same instance was listed before; both were read as one item";
  const bool is_for_all = first.instance.domains.empty();
  if (is_for_all == second.instance.domains.empty()) return words;
  return fmt::format("{}, for all domains of the instance, because one of them has none; {} of the other has no effect",
                     words, show_hosts(is_for_all ? second : first, source));
}

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
    findings.warning("duplicate-instance", source, placed[i].offset, describe_merge(**first, placed[i], source),
                     "delete one of them");
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
  for (const auto& [instance, offsets, offset, duration, rrsa] : placed) {
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

/// Warns where a pattern of one item covers a host or pattern of another. Only names with the same last two labels,
/// number of labels and port can meet, since a pattern has two literal labels at its end.
class OverlapFinder {
 public:
  OverlapFinder(const SourceText& source, Findings& findings) : source_(source), findings_(findings) {}

  void find(const Placed& placed, const std::vector<std::vector<bool>>& keeps) {
    for (std::size_t i = 0; i < placed.size(); ++i) {
      for (std::size_t k = 0; k < keeps[i].size(); ++k) {
        if (keeps[i][k])
          check({.host = placed[i].instance.domains[k], .item = i, .offset = placed[i].domain_offsets[k]});
      }
    }
  }

 private:
  struct Claim {
    std::string_view host;
    std::size_t item = 0;
    std::size_t offset = 0;
  };

  /// Globs and plain hosts of one group; a plain host need not be compared with plain ones.
  struct Group {
    std::vector<Claim> globs;
    std::vector<Claim> hosts;
  };

  void check(const Claim& claim) {
    auto& group = groups_[group_of(claim.host)];
    const bool is_pattern = is_glob(claim.host);
    const bool is_found = report_first(claim, group.globs) || (is_pattern && report_first(claim, group.hosts));
    if (!is_found || is_pattern) (is_pattern ? group.globs : group.hosts).push_back(claim);
  }

  bool report_first(const Claim& claim, const std::vector<Claim>& others) {
    for (const auto& other : others) {
      // A warning is not worth more time than the rest of the parse.
      if (++comparisons_ > kMostComparisons) return false;
      if (other.item == claim.item || !hosts_overlap(other.host, claim.host)) continue;
      findings_.warning("domain-overlap", source_, claim.offset,
                        fmt::format("\"{}\" of an item above covers the same hosts",
                                    quote_from(source_, other.offset, other.host, kQuotedBytes)),
                        "both logins are written; give each host to one item only");
      return true;
    }
    return false;
  }

  static std::string group_of(std::string_view host) {
    const auto labels = static_cast<std::size_t>(std::count(host.begin(), host.end(), '.')) + 1;
    auto start = host.size();
    for (int i = 0; i < 2 && start > 0; ++i) {
      const auto dot = host.rfind('.', start - 1);
      start = dot == std::string_view::npos ? 0 : dot;
    }
    return fmt::format("{} {}", labels, host.substr(start));
  }

  static constexpr std::size_t kMostComparisons = 200'000;
  static constexpr std::size_t kQuotedBytes = 80;

  const SourceText& source_;
  Findings& findings_;
  std::unordered_map<std::string, Group> groups_;
  std::size_t comparisons_ = 0;
};

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
  for (const auto& [instance, offsets, offset, duration, rrsa] : placed) {
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
  OverlapFinder(source, findings).find(placed, keeps);
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
