// SPDX-License-Identifier: Apache-2.0
// The text of one key -> one YAML document: the repairs of what cannot be misread, then the reader.
#pragma once

#include <optional>
#include <span>

#include "common/config/fields.hpp"
#include "common/config/source_text.hpp"

namespace acr::config {

/// Reads the one document in `source`, in which items have the fields `names`. Repairs change the source (lines keep
/// their numbers); it must outlive the tree and stay as it is then. nullopt after an error, which is reported. An empty
/// text gives a null node.
std::optional<YamlTree> read_document(SourceText& source, std::span<const FieldName> names, Findings& findings);

/// Lines that are all fields of flat items get the indentation they were meant to have. False after an error, which is
/// reported: it is not known of which item a line is.
bool repair_indentation(SourceText& source, std::span<const FieldName> names, Findings& findings);

}  // namespace acr::config
