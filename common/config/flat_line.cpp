// SPDX-License-Identifier: Apache-2.0
#include "common/config/flat_line.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace acr::config {

std::optional<FlatLine> parse_flat_line(std::string_view line, std::span<const FieldName> names) {
  FlatLine flat;
  flat.indent = std::min(line.find_first_not_of(" \t"), line.size());
  flat.field_at = flat.indent;
  if (line.substr(flat.indent).starts_with('-')) {
    flat.has_dash = true;
    flat.field_at = std::min(line.find_first_not_of(" \t", flat.indent + 1), line.size());
    flat.is_dash_glued = flat.field_at == flat.indent + 1;
  }
  const auto colon = line.find(':', flat.field_at);
  if (colon == std::string_view::npos) return std::nullopt;
  flat.field = trim(line.substr(flat.field_at, colon - flat.field_at));
  flat.known = find_field(names, flat.field);
  if (flat.known.empty()) return std::nullopt;
  flat.value_at = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
  flat.value = trim(line.substr(flat.value_at));
  return flat;
}

bool is_idle_line(std::string_view line) {
  const auto content = trim(line);
  return content.empty() || content.starts_with('#');
}

std::size_t find_quote_end(std::string_view text, std::size_t start) {
  const char quote = text[start];
  for (auto i = start + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return std::string_view::npos;
}

}  // namespace acr::config
