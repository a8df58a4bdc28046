// SPDX-License-Identifier: Apache-2.0
// Why a manifest is no valid YAML, at the place where its author went wrong: a parser often stumbles lines later.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/config/source_text.hpp"

namespace acr::controller {

struct ManifestFault {
  std::size_t offset = 0;
  /// The key at that place; may be empty.
  std::string key;
  std::string message;
  std::string hint;
  /// It is a fault although the YAML library takes the text: kubectl does not.
  bool is_sure = false;
};

/// The first mistake of a kind that people make: a key at another indentation than its neighbours, a block whose first
/// line stands deeper than the rest, or whose content stands no deeper than its key, or on its line; no space after a
/// colon, a full-width colon, a tab as indentation, a star without
/// quotes, a quote that is not closed. nullopt if the fault is of another kind.
std::optional<ManifestFault> find_manifest_fault(const config::SourceText& file);

}  // namespace acr::controller
