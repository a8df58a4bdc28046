// SPDX-License-Identifier: Apache-2.0
// Indentation that YAML refuses although each line says what it is: fields of flat items too deep or too shallow, tabs.
#include <algorithm>

#include "common/base/text.hpp"
#include "common/config/flat_line.hpp"
#include "common/config/yaml_document.hpp"

namespace acr::config {
namespace {

struct NumberedLine {
  std::size_t number = 0;
  FlatLine flat;
};

/// Does the value end on its line, whatever follows?
bool is_complete(std::string_view value) {
  if (value.empty()) return true;
  const char first = value.front();
  if (first == '|' || first == '>') return false;
  if (first == '"' || first == '\'') {
    const auto end = find_quote_end(value, 0);
    const auto rest = end == std::string_view::npos ? "x" : trim(value.substr(end));
    return is_idle_line(rest) || rest.starts_with("//");
  }
  const auto uncommented = trim(value.substr(0, std::min(value.find(" #"), value.find(" //"))));
  if (first == '[') return uncommented.ends_with(']');
  if (first == '{') return uncommented.ends_with('}');
  return uncommented.find(": ") == std::string_view::npos;
}

/// All lines with content, if each is a complete field and the first says whether there are dashes; else nothing.
std::vector<NumberedLine> read_flat_lines(const SourceText& source, std::span<const FieldName> names) {
  std::vector<NumberedLine> lines;
  bool has_dashes = false;
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    if (is_idle_line(source.line(i))) continue;
    const auto flat = parse_flat_line(source.line(i), names);
    if (!flat || !is_complete(flat->value)) return {};
    if (lines.empty()) has_dashes = flat->has_dash;
    if (flat->has_dash && !has_dashes) return {};
    lines.push_back({.number = i, .flat = *flat});
  }
  return lines;
}

bool has_leading_tab(const SourceText& source, const NumberedLine& line) {
  return source.line(line.number).substr(0, line.flat.field_at).find('\t') != std::string_view::npos;
}

/// The first line that does not stand where YAML wants it; end() if all do.
std::vector<NumberedLine>::const_iterator find_misplaced(const std::vector<NumberedLine>& lines) {
  std::size_t field_column = 0;
  return std::find_if(lines.begin(), lines.end(), [&, is_first = true](const NumberedLine& line) mutable {
    if (is_first || line.flat.has_dash) field_column = line.flat.field_at;
    is_first = false;
    return line.flat.has_dash ? line.flat.indent != lines.front().flat.indent : line.flat.field_at != field_column;
  });
}

void rewrite(SourceText& source, const std::vector<NumberedLine>& lines) {
  std::vector<std::string> texts(source.line_count());
  std::vector<int> shifts(source.line_count(), 0);
  const bool has_dashes = lines.front().flat.has_dash;
  for (const auto& [number, flat] : lines) {
    std::string_view prefix;
    if (has_dashes) prefix = flat.has_dash ? "- " : "  ";
    texts[number].append(prefix).append(source.line(number).substr(flat.field_at));
    shifts[number] = static_cast<int>(flat.field_at) - static_cast<int>(prefix.size());
  }
  source.rewrite(texts, std::move(shifts));
}

}  // namespace

void repair_indentation(SourceText& source, std::span<const FieldName> names, Findings& findings) {
  const auto lines = read_flat_lines(source, names);
  if (lines.empty()) return;
  const auto misplaced = find_misplaced(lines);
  // A tab between the dash and the field is legal; one before either is not.
  const auto tabbed = std::find_if(lines.begin(), lines.end(), [&source](const NumberedLine& line) {
    return source.line(line.number).substr(0, line.flat.indent).find('\t') != std::string_view::npos;
  });
  const auto any_tab = std::find_if(lines.begin(), lines.end(),
                                    [&source](const NumberedLine& line) { return has_leading_tab(source, line); });
  const auto glued =
      std::find_if(lines.begin(), lines.end(), [](const NumberedLine& line) { return line.flat.is_dash_glued; });
  if (misplaced == lines.end() && any_tab == lines.end() && glued == lines.end()) return;
  if (glued != lines.end()) {
    findings.warning("missing-space", source, source.offset(glued->number, glued->flat.indent),
                     "there is no space behind the dash of this item", "write \"- \" before the field");
  }
  if (tabbed != lines.end()) {
    const auto column = source.line(tabbed->number).find('\t');
    findings.warning("tab-indentation", source, source.offset(tabbed->number, column),
                     "a tab was read as indentation, which YAML does not allow", "use spaces");
  } else if (misplaced != lines.end() && glued == lines.end()) {
    findings.warning("indentation", source, source.offset(misplaced->number, misplaced->flat.field_at),
                     "this line is not aligned with the others; it was read as a field of the same item",
                     "align it with the field above");
  }
  rewrite(source, lines);
}

}  // namespace acr::config
