// SPDX-License-Identifier: Apache-2.0
// Why a manifest is no valid YAML, at the place where its author went wrong: a parser often stumbles lines later.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/config/source_text.hpp"

namespace acr::controller {

struct ManifestFault {
  enum class Kind {
    Indentation,
    NoSpace,    ///< after the colon of a key
    Tab,        ///< as indentation
    OpenQuote,  ///< up to the end of the file, which the YAML library takes for its end
  };

  Kind kind = Kind::Indentation;
  std::size_t offset = 0;
  /// The key at that place; may be empty.
  std::string key;
  std::string message;
  std::string hint;
};

/// The first mistake of a kind that people make: a key at another indentation than its neighbours, no space after a
/// colon, a tab as indentation, a quote that is never closed. nullopt if the fault is of another kind.
std::optional<ManifestFault> find_manifest_fault(const config::SourceText& file);

}  // namespace acr::controller
