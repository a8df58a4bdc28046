// SPDX-License-Identifier: Apache-2.0
// Which configuration rules: the ConfigMap as it stands, or the last one that was accepted. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/config/parse.hpp"
#include "common/config/settings.hpp"

namespace acr::config {

/// The ConfigMap's content as the API server stores it.
struct ConfigMapText {
  std::map<std::string, std::string> data;
  std::set<std::string> binary_keys = {};  ///< the names of binaryData's keys; nothing in there is read

  friend bool operator==(const ConfigMapText&, const ConfigMapText&) = default;
};

/// Where the settings in force come from.
enum class SettingsOrigin {
  ConfigMap,     ///< the ConfigMap, accepted without errors
  LastAccepted,  ///< the last accepted text, because the ConfigMap is absent or rejected
  FirstStart,    ///< the good parts of a rejected ConfigMap; nothing was ever accepted
  Defaults,      ///< no ConfigMap and nothing was ever accepted
};
std::string_view to_string(SettingsOrigin origin);

struct InForce {
  Settings settings;
  SettingsOrigin origin = SettingsOrigin::Defaults;
  /// Findings in the ConfigMap as it stands, also when another text rules.
  std::vector<Diagnostic> diagnostics;
  /// Whether bindings, Secrets and registrations may be taken away: only while the ConfigMap itself
  /// holds a text that was accepted without errors: a change that was never wanted may stand behind a broken or absent
  /// one.
  bool removals_allowed = false;
  /// May the settings lack items that somebody wrote? No text rules, or one that has errors by today's rules: at a
  /// first start, or accepted by another version.
  bool is_partial = false;

  /// Whether the ConfigMap as it stands is what rules; an absent one only as long as nothing was ever accepted.
  [[nodiscard]] bool is_valid() const {
    return origin == SettingsOrigin::ConfigMap || origin == SettingsOrigin::Defaults;
  }
};

/// For the metric acr_configuration_valid of both processes.
inline constexpr const char* kValidHelp =
    "1 if acr-configuration as it stands is accepted, 0 if it is rejected, or absent after one was accepted.";

/// How a text is judged while `ruling` rules (nullopt: none ever did): as an edit of it, unless it is that very text,
/// which is judged as mildly as it was then.
ParseContext build_context(const ConfigMapText& text, const std::optional<ConfigMapText>& ruling,
                           const std::string& default_region);

/// A rejected edit changes nothing; an absent ConfigMap removes nothing; a first start uses what is good.
/// `last_accepted`: the data of the text accepted last, if any was. `first_start`: the text whose good parts rule since
/// a first start; they go on ruling over further broken edits and a deletion.
InForce choose_configuration(const std::optional<ConfigMapText>& config_map,
                             const std::optional<std::map<std::string, std::string>>& last_accepted,
                             const std::string& default_region,
                             const std::optional<ConfigMapText>& first_start = std::nullopt);

}  // namespace acr::config
