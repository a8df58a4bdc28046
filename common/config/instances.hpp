// SPDX-License-Identifier: Apache-2.0
// acr-registry-info -> registry instances.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/config/fields.hpp"
#include "common/config/settings.hpp"
#include "common/config/source_text.hpp"

namespace acr::config {

/// An instance and where it was written.
struct PlacedInstance {
  RegistryInstance instance;
  /// One for each of instance.domains.
  std::vector<std::size_t> domain_offsets;
  std::size_t offset = 0;
  /// Where expireDuration was written; nullopt if it was not, or without a role that has a session.
  std::optional<std::size_t> duration_offset;
  /// Where the name of rrsaRoleARN was written; nullopt if it was not.
  std::optional<std::size_t> rrsa_offset;

  /// Does the item take on a role? Its login lives as long as the session of that.
  [[nodiscard]] bool has_role() const { return !instance.assume_role_arn.empty() || !instance.rrsa_role_arn.empty(); }
};

/// Reads one item and adds it to `placed`; several instances if its instanceId lists several. Nothing after an error.
/// `above`: the item before it in the list, if there is one. What has no instanceId and may be the rest of that is an
/// error; else it is Personal Edition, with a warning.
void read_item(YamlValue item, std::optional<YamlValue> above, const SourceText& source,
               const std::string& default_region, std::vector<PlacedInstance>& placed, Findings& findings);

/// Items of the same instance with the same identity become one; a domain that two items claim stays with the first.
std::vector<RegistryInstance> settle_claims(std::vector<PlacedInstance> placed, const SourceText& source,
                                            Findings& findings);

/// What acr-registry-info holds.
struct RegistryList {
  std::vector<RegistryInstance> instances;
  /// Nothing was written: the default applies.
  bool is_empty = false;
  bool is_unreadable = false;
  /// The shortest session of a role that an item asks for, and where; nullopt if none does.
  std::optional<std::pair<std::chrono::seconds, Position>> shortest_session;
  /// The shortest life, of an hour or more, that the login of an item has; nullopt if none lives so long.
  std::optional<std::chrono::seconds> shortest_long_life;
  /// Where the first item names a role for RRSA; nullopt if none does.
  std::optional<Position> rrsa_place;
  /// Settings of the managed add-on's JSON under their data keys here, such as "watch-namespace".
  std::map<std::string, SourceText> managed_settings;
  /// Data keys that were written there, or may have been, but cannot be read.
  std::set<std::string_view> unreadable_settings;
};

/// Repairs change `source`.
RegistryList read_registry_list(SourceText& source, const std::string& default_region, Findings& findings);

}  // namespace acr::config
