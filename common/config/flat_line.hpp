// SPDX-License-Identifier: Apache-2.0
// A line of the form "- field: value", as nearly all lines of acr-registry-info are. The blank behind the colon may be
// missing.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "common/config/fields.hpp"

namespace acr::config {

/// Byte offsets count from the start of the line.
struct FlatLine {
  std::size_t indent = 0;
  bool has_dash = false;
  /// No blank stands between the dash and the field.
  bool is_dash_glued = false;
  std::size_t field_at = 0;
  /// As written, and as it is documented.
  std::string_view field;
  std::string_view known;
  /// What follows the colon, trimmed; comments included.
  std::string_view value;
  std::size_t value_at = 0;
};

/// nullopt if the line has another form or its field is not one of `names`.
std::optional<FlatLine> parse_flat_line(std::string_view line, std::span<const FieldName> names);

/// A comment or nothing.
bool is_idle_line(std::string_view line);

/// Behind the quote that closes the one at `start`; npos if it is not closed in `text`.
std::size_t find_quote_end(std::string_view text, std::size_t start);

}  // namespace acr::config
