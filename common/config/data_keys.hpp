// SPDX-License-Identifier: Apache-2.0
// ConfigMap data -> the text of each key that is known, by whatever name it was written.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "common/config/parse.hpp"
#include "common/config/source_text.hpp"

namespace acr::config {

/// The key that lists the registries.
inline constexpr std::string_view kRegistryKey = "acr-registry-info";

struct KeyTexts {
  /// By the names of kKeys. An empty value equals an absent key and is not there; nor is one after an error.
  std::map<std::string, SourceText, std::less<>> texts;
  /// The names, as in kKeys, of what was written, but cannot be read or may have been meant: it is not known what they
  /// say, so that none of them may be taken for its default.
  std::set<std::string_view> unreadable;
};

/// Is the value one of the forms of nothing: blanks, comments, `""`, `[]`, `{}`, `~`, `null`? It equals an absent key
/// then.
bool says_nothing(std::string_view value);

/// Leaves out and reports what is unknown, too large or no text, and what stands in binaryData. The names of the
/// managed edition and names in another spelling are understood, with a warning. The ConfigMap's own keys win over
/// names of the managed edition; two other names for one key with different values are an error.
KeyTexts collect_keys(const std::map<std::string, std::string>& data, const std::set<std::string>& binary_keys,
                      const ParseContext& context, Findings& findings);

}  // namespace acr::config
