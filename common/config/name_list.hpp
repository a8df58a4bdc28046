// SPDX-License-Identifier: Apache-2.0
// Lists of names in one string: "web, api".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/source_text.hpp"

namespace acr::config {

/// More names are an error; the first of them are read.
inline constexpr std::size_t kMostNames = 10'000;

/// What the entries of a list are.
enum class NameKind { Namespace, ServiceAccount };

/// A name or glob in lower case, and where it was written.
struct PlacedName {
  std::string name;
  std::size_t offset = 0;
};

/// Entries without repeats; a bad one is reported and left out. Commas separate; full-width commas, blanks, line ends,
/// JSON brackets, the dashes of a YAML list and quotes around an entry or around the whole list are understood with a
/// warning, because no name can hold them. `null` alone is nothing.
std::vector<PlacedName> read_names(const SourceText& source, NameKind kind, Findings& findings);

}  // namespace acr::config
