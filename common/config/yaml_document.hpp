// SPDX-License-Identifier: Apache-2.0
// The text of one key -> one YAML document: the repairs of what cannot be misread, then the parser.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <span>

#include "common/config/fields.hpp"
#include "common/config/source_text.hpp"

namespace acr::config {

/// Reads the one document in `source`, in which items have the fields `names`. Repairs change the source (lines keep
/// their numbers). nullopt after an error, which is reported. An empty text gives a null node.
std::optional<YAML::Node> read_document(SourceText& source, std::span<const FieldName> names, Findings& findings);

/// Blanks out comments that start with `//` after a value, and joins `"a","b"` into one string.
void repair_values(SourceText& source, std::span<const FieldName> names, Findings& findings);

/// Lines that are all fields of flat items get the indentation they were meant to have.
void repair_indentation(SourceText& source, std::span<const FieldName> names, Findings& findings);

/// Finds what the parser would report at a misleading place or accept in an unexpected sense: text after a closing
/// quote, open quotes, tabs as indentation, anchors, aliases and tags. Reports at most one error; false if there is
/// one.
bool check_tokens(const SourceText& source, Findings& findings);

}  // namespace acr::config
