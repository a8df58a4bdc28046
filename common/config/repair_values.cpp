// SPDX-License-Identifier: Apache-2.0
// Two mistakes of published samples: a comment that starts with `//`, and a list of quoted strings.
#include "common/base/text.hpp"
#include "common/config/flat_line.hpp"
#include "common/config/yaml_document.hpp"

namespace acr::config {
namespace {

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

/// In `"a","b"`: blanks the quotes and leaves one pair around all. True if the value is such a list to its end.
bool join_quoted_list(SourceText& source, std::size_t line_start, std::string_view line, std::size_t value_at) {
  std::vector<std::size_t> inner_quotes;
  auto end = find_quote_end(line, value_at);
  while (end != std::string_view::npos) {
    const auto next = std::min(line.find_first_not_of(" \t", end), line.size());
    if (next == line.size() || line[next] == '#') break;
    const auto after_comma = line.find_first_not_of(" \t", next + 1);
    if (line[next] != ',' || after_comma == std::string_view::npos || line[after_comma] != line[value_at]) return false;
    inner_quotes.push_back(end - 1);
    inner_quotes.push_back(after_comma);
    end = find_quote_end(line, after_comma);
  }
  if (end == std::string_view::npos || inner_quotes.empty()) return false;
  for (const auto quote : inner_quotes) source.overwrite(line_start + quote, 1, ' ');
  return true;
}

/// A field that takes several values in one string; joining anything else would make one value of two.
bool is_list_field(std::span<const FieldName> names, std::string_view field) {
  const auto name = find_field(names, field);
  return name == "domains" || name == "instanceId";
}

/// Where a `//` comment starts in the line; npos if there is none. In a plain value it needs a blank before it.
std::size_t find_slash_comment(std::string_view line, std::size_t value_at) {
  if (value_at >= line.size()) return std::string_view::npos;
  if (is_quote(line[value_at])) {
    const auto end = find_quote_end(line, value_at);
    if (end == std::string_view::npos) return end;
    const auto next = line.find_first_not_of(" \t", end);
    return next != std::string_view::npos && line.substr(next).starts_with("//") ? next : std::string_view::npos;
  }
  if (line[value_at] == '[' || line[value_at] == '{') return std::string_view::npos;
  // A comment and no value, or a host behind its scheme? The reader of the field refuses it.
  if (line.substr(value_at).starts_with("//")) return std::string_view::npos;
  const auto spaced = line.find(" //", value_at);
  return spaced == std::string_view::npos ? spaced : spaced + 1;
}

}  // namespace

void repair_values(SourceText& source, std::span<const FieldName> names, Findings& findings) {
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    const std::string line(source.line(i));
    const auto flat = parse_flat_line(line, names);
    if (!flat || flat->value.empty()) continue;
    const auto start = source.offset(i, 0);
    if (const auto comment = find_slash_comment(line, flat->value_at); comment != std::string_view::npos) {
      findings.warning("slash-comment", source, start + comment, "the text from \"//\" on was read as a comment",
                       "comments start with #");
      source.overwrite(start + comment, line.size() - comment, ' ');
    } else if (is_quote(line[flat->value_at]) && is_list_field(names, flat->field)) {
      const auto first_end = find_quote_end(line, flat->value_at);
      if (join_quoted_list(source, start, line, flat->value_at)) {
        findings.warning("quoted-list", source, start + first_end, "several quoted strings were read as one list",
                         "put one pair of quotes around the whole list");
      }
    }
  }
}

}  // namespace acr::config
