// SPDX-License-Identifier: Apache-2.0
// ConfigMap data -> Settings and diagnostics. Lenient where the intention is plain (with a warning), strict where two
// readings are possible.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/config/diagnostic.hpp"
#include "common/config/settings.hpp"

namespace acr::config {

struct ParseContext {
  /// The region of the cluster, for items without regionId. May be empty while it is unknown.
  std::string default_region;
  /// True for an edit of a running configuration: a misspelt key is then an error, because ignoring it could shrink
  /// the scope. At a first start there is nothing to lose and it is a warning.
  bool configuration_in_force = false;
  /// The names of the keys of the text in force that say something, for an edit of it: a misspelt key that was ignored
  /// there already is ignored again.
  std::set<std::string> keys_in_force = {};
};

struct ParsedSettings {
  /// Usable even with errors: items without one are there, broken ones are not. Whether to use it is the caller's
  /// choice: at a first start yes, as an edit no.
  Settings settings;
  /// In the order of keys, then lines.
  std::vector<Diagnostic> diagnostics;
  /// acr-registry-info as a whole could not be read: no instance is configured and existing Secrets must be left alone.
  bool list_unreadable = false;

  [[nodiscard]] bool has_errors() const;
};

/// What all values may have together: the API server takes no more. The largest is left out, with an error, until the
/// rest fits.
inline constexpr std::size_t kMaxDataBytes = 1024UL * 1024;

/// Parses the `data` of acr-configuration. An absent ConfigMap is an empty map: all defaults.
/// `binary_keys`: the names of the keys in binaryData. None of them is read; one that is ours is an error.
/// What an unreadable key may have narrowed covers nothing. Never throws on any input.
ParsedSettings parse_settings(const std::map<std::string, std::string>& data, const std::set<std::string>& binary_keys,
                              const ParseContext& context);

}  // namespace acr::config
