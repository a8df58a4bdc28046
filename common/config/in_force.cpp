// SPDX-License-Identifier: Apache-2.0
#include "common/config/in_force.hpp"

#include <algorithm>

#include "common/config/data_keys.hpp"

namespace acr::config {

std::string_view to_string(SettingsOrigin origin) {
  switch (origin) {
    case SettingsOrigin::ConfigMap:
      return "config_map";
    case SettingsOrigin::LastAccepted:
      return "last_accepted";
    case SettingsOrigin::FirstStart:
      return "first_start";
    case SettingsOrigin::Defaults:
      return "defaults";
  }
  return "unknown";
}

ParseContext build_context(const ConfigMapText& text, const std::optional<ConfigMapText>& ruling,
                           const std::string& default_region) {
  ParseContext context{.default_region = default_region};
  if (!ruling || text.data == ruling->data) return context;
  context.configuration_in_force = true;
  context.keys_in_force = ruling->binary_keys;
  for (const auto& [key, value] : ruling->data) {
    if (!says_nothing(value)) context.keys_in_force.insert(key);
  }
  return context;
}

InForce choose_configuration(const std::optional<ConfigMapText>& config_map,
                             const std::optional<std::map<std::string, std::string>>& last_accepted,
                             const std::string& default_region, const std::optional<ConfigMapText>& first_start) {
  InForce result;
  const auto ruling = last_accepted ? std::optional(ConfigMapText{.data = *last_accepted}) : first_start;
  if (config_map) {
    auto parsed =
        parse_settings(config_map->data, config_map->binary_keys, build_context(*config_map, ruling, default_region));
    const bool rejected = parsed.has_errors();
    result.diagnostics = std::move(parsed.diagnostics);
    if (!rejected || !ruling) {
      result.settings = std::move(parsed.settings);
      result.origin = rejected ? SettingsOrigin::FirstStart : SettingsOrigin::ConfigMap;
      result.removals_allowed = !rejected;
      result.is_partial = rejected;
      return result;
    }
  }
  const auto text = ruling.value_or(ConfigMapText{});
  auto parsed =
      parse_settings(text.data, text.binary_keys, {.default_region = default_region, .configuration_in_force = false});
  result.is_partial = !ruling || parsed.has_errors();
  result.settings = std::move(parsed.settings);
  result.origin = last_accepted ? SettingsOrigin::LastAccepted
                  : first_start ? SettingsOrigin::FirstStart
                                : SettingsOrigin::Defaults;
  return result;
}

}  // namespace acr::config
