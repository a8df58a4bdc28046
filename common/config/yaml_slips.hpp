// SPDX-License-Identifier: Apache-2.0
// What people write for a field that YAML takes for something else: no blank behind the colon or the dash, a full-width
// colon.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/fields.hpp"

namespace acr::config {

/// A known field that has no colon and blank behind its name. Offsets count in the text.
struct GluedField {
  std::size_t name_at = 0;
  std::size_t name_size = 0;
  std::size_t colon = 0;
  /// Behind the colon.
  std::size_t value_at = 0;
  bool is_wide = false;
};

/// The field at `at`, with or without quotes around its name; nullopt if none of `names` stands there, or it has no
/// colon of any width on its line.
std::optional<GluedField> find_glued_field(std::string_view text, std::size_t at, std::span<const FieldName> names);

/// Is `-name:` at `at`, the dash of an item without its blank?
bool is_glued_dash(std::string_view text, std::size_t at, std::span<const FieldName> names);

/// The sign that somebody wrote for the dash of an item at `at`, as in `* name: x`; empty if none stands there.
std::string_view find_bullet(std::string_view text, std::size_t at, std::span<const FieldName> names);

/// `"a", "b"`, up to the end of its line.
struct QuotedList {
  /// Where the quotes open; empty if the line is no such list.
  std::vector<std::size_t> values;
  std::optional<std::size_t> first_comma;
  /// Behind the last quote or comma.
  std::size_t end = 0;
};

/// `line` is a text up to the end of a line, with a quote at `start`. Commas may be full-width ones, and one may stand
/// at the end.
QuotedList find_quoted_list(std::string_view line, std::size_t start);

/// May the field hold a list of values in one string?
bool takes_list(std::span<const FieldName> names, std::string_view field);

/// The first line that starts with `//`; npos if none does.
std::size_t find_slash_line(std::string_view text);

/// What is wrong with text that should begin with a field but has no colon and blank; empty if nothing can be told.
std::string describe_missing_colon(std::string_view text, std::span<const FieldName> names);

}  // namespace acr::config
