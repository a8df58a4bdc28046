// SPDX-License-Identifier: Apache-2.0
// Keys of the ConfigMap that stand inside of the value of one, most often because a line was indented too deep.
#pragma once

#include <optional>

#include "common/config/source_text.hpp"
#include "common/config/yaml_tree.hpp"

namespace acr::config {

struct KeyReference;

/// `key` stands at that place of the value of another one: an error, and lost (Findings::lose_key).
void report_inner_key(const KeyReference& key, const SourceText& source, std::size_t offset, Findings& findings);

/// The value of a key that is no YAML: a line of it that begins with the name of another key is an error, for it is not
/// read, and is lost. Its own name before the value is taken away, with a warning.
void settle_inner_keys(SourceText& source, Findings& findings);

/// The same for a value that could not be read, and is reported: what may stand in it is lost.
void lose_inner_keys(const SourceText& source, Findings& findings);

/// The value behind the key's own name if `document` holds that alone (as in "rrsa: |\n  rrsa:\n    enable: true"),
/// with a warning; else nullopt.
std::optional<YamlValue> find_own_value(YamlValue document, const SourceText& source, Findings& findings);

}  // namespace acr::config
