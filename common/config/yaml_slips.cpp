// SPDX-License-Identifier: Apache-2.0
#include "common/config/yaml_slips.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "common/config/flat_line.hpp"
#include "common/config/name_splitter.hpp"
#include "common/config/quotes.hpp"

namespace acr::config {
namespace {

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

std::size_t find_name_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_name_character(text[at])) ++at;
  return at;
}

std::size_t wide_colon_length(std::string_view text) {
  return text.starts_with("：") || text.starts_with("﹕") ? 3 : 0;
}

}  // namespace

std::optional<GluedField> find_glued_field(std::string_view text, std::size_t at, std::span<const FieldName> names) {
  if (names.empty() || at >= text.size()) return std::nullopt;
  const auto opening = read_quote(text.substr(at));
  const auto start = at + opening.length;
  const auto end = find_name_end(text, start);
  if (end == start || std::isalnum(static_cast<unsigned char>(text[start])) == 0) return std::nullopt;
  const auto closing = read_quote(text.substr(end));
  if (closing.kind != opening.kind || find_field(names, text.substr(start, end - start)).empty()) return std::nullopt;
  const auto colon = std::min(text.find_first_not_of(' ', end + closing.length), text.size());
  const auto wide = wide_colon_length(text.substr(colon));
  if (wide == 0 && !text.substr(colon).starts_with(':')) return std::nullopt;
  return GluedField{.name_at = start,
                    .name_size = end - start,
                    .colon = colon,
                    .value_at = colon + std::max<std::size_t>(wide, 1),
                    .is_wide = wide > 0};
}

bool is_glued_dash(std::string_view text, std::size_t at, std::span<const FieldName> names) {
  return at < text.size() && text[at] == '-' && find_glued_field(text, at + 1, names).has_value();
}

std::string_view find_bullet(std::string_view text, std::size_t at, std::span<const FieldName> names) {
  static constexpr std::array<std::string_view, 9> kBullets{"*", "+", "•", "·", "–", "—", "−", "‐", "－"};
  if (at >= text.size()) return {};
  const auto rest = text.substr(at);
  const auto* bullet = std::find_if(kBullets.begin(), kBullets.end(),
                                    [rest](std::string_view candidate) { return rest.starts_with(candidate); });
  if (bullet == kBullets.end()) return {};
  const auto field = text.find_first_not_of(" \t", at + bullet->size());
  return field != std::string_view::npos && find_glued_field(text, field, names) ? *bullet : std::string_view();
}

QuotedList find_quoted_list(std::string_view line, std::size_t start) {
  const auto skip = [line](std::size_t at) { return std::min(line.find_first_not_of(" \t", at), line.size()); };
  const auto is_done = [line](std::size_t at) {
    return at == line.size() || line[at] == '#' || line.substr(at, 2) == "//";
  };
  QuotedList list;
  auto at = start;
  while (at < line.size() && (line[at] == '"' || line[at] == '\'')) {
    const auto closed = find_quote_end(line, at);
    if (closed == std::string_view::npos) return {};
    list.values.push_back(at);
    list.end = closed;
    at = skip(closed);
    if (is_done(at)) return list;
    const auto wide = wide_separator_length(line.substr(at));
    if (wide == 0 && line[at] != ',') return {};
    if (!list.first_comma) list.first_comma = at;
    list.end = at + std::max<std::size_t>(wide, 1);
    at = skip(list.end);
    if (is_done(at)) return list;
  }
  return {};
}

bool takes_list(std::span<const FieldName> names, std::string_view field) {
  const auto name = find_field(names, field);
  return name == "domains" || name == "instanceId";
}

std::size_t find_slash_line(std::string_view text) {
  for (std::size_t start = 0; start < text.size(); start = std::min(text.find('\n', start), text.size()) + 1) {
    const auto content = std::min(text.find_first_not_of(" \t", start), text.size());
    if (text.substr(content, 2) == "//") return content;
  }
  return std::string_view::npos;
}

std::string describe_missing_colon(std::string_view text, std::span<const FieldName> names) {
  const auto start = read_quote(text).length;
  const auto end = find_name_end(text, start);
  const auto name = text.substr(start, end - start);
  if (name.empty()) return {};
  if (const auto known = find_field(names, name); !known.empty())
    return fmt::format("{} is not divided from its value by a colon and a space", known);
  const auto rest = text.substr(end);
  const bool is_glued = wide_colon_length(rest) > 0 || (rest.starts_with(':') && !rest.starts_with("://"));
  return is_glued ? "there is no plain colon with a space behind it, so that this is no field" : "";
}

}  // namespace acr::config
