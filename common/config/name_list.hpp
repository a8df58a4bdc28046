// SPDX-License-Identifier: Apache-2.0
// Lists of names in one string: "web, api".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/source_text.hpp"

namespace acr::config {

struct ListEntry {
  std::string text;
  std::size_t offset = 0;
};

/// More names are an error; the first of them are read.
inline constexpr std::size_t kMostNames = 10'000;

/// The entries of a list, trimmed, empty ones left out. Commas separate; full-width commas, blanks, line ends, JSON
/// brackets, quotes and the dashes of a YAML list are understood with a warning, because no name can hold them.
std::vector<ListEntry> split_names(const SourceText& source, Findings& findings);

/// What the entries of a list are.
enum class NameKind { Namespace, ServiceAccount };

/// Entries -> lower-case names and globs without repeats; a bad one is reported and left out.
std::vector<std::string> read_names(const SourceText& source, NameKind kind, Findings& findings);

}  // namespace acr::config
