// SPDX-License-Identifier: Apache-2.0
// ConfigMap data -> the text of each key that is known, by whatever name it was written.
#pragma once

#include <map>
#include <set>
#include <string>

#include "common/config/parse.hpp"
#include "common/config/source_text.hpp"

namespace acr::config {

/// The key that lists the registries.
inline constexpr std::string_view kRegistryKey = "acr-registry-info";

struct KeyTexts {
  /// By the names of kKeys. An empty value equals an absent key and is not there; nor is one after an error.
  std::map<std::string, SourceText, std::less<>> texts;
  /// The list of registries is among those with an error.
  bool list_unreadable = false;
  /// The names, as in kKeys, of what stands in binaryData and nowhere else.
  std::set<std::string_view> hidden;
};

/// Leaves out and reports what is unknown, too large or no text, and what stands in binaryData. The names of the
/// managed edition are understood, with a warning; the ConfigMap's own keys win over them.
KeyTexts collect_keys(const std::map<std::string, std::string>& data, const std::set<std::string>& binary_keys,
                      const ParseContext& context, Findings& findings);

}  // namespace acr::config
