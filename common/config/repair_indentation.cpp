// SPDX-License-Identifier: Apache-2.0
// Indentation that YAML refuses although each line says what it is: fields of flat items too deep or too shallow, tabs.
// Lines that say it of two items are refused.
#include <algorithm>
#include <optional>
#include <vector>

#include "common/base/text.hpp"
#include "common/config/flat_line.hpp"
#include "common/config/yaml_document.hpp"
#include "common/config/yaml_slips.hpp"

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
    if (find_quoted_list(value, 0).values.size() > 1) return true;
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

/// Lines that stand where YAML does not want them.
struct Misplaced {
  std::optional<NumberedLine> first;
  /// The first of them that can be read in two ways.
  std::optional<NumberedLine> doubtful;
};

/// The fields of one item, as far as it was read.
class OpenItem {
 public:
  explicit OpenItem(const NumberedLine& line) : line_(line) {}

  void add(std::string_view field) {
    if (!has(field)) fields_.push_back(field);
  }
  [[nodiscard]] bool has(std::string_view field) const {
    return std::find(fields_.begin(), fields_.end(), field) != fields_.end();
  }
  [[nodiscard]] std::size_t field_column() const { return line_.flat.field_at; }
  /// The line it begins with.
  [[nodiscard]] const NumberedLine& line() const { return line_; }

 private:
  NumberedLine line_;
  std::vector<std::string_view> fields_;
};

/// A dash out of line begins an item, or was typed before one more field of the item above. It can only begin one if
/// its field stands above already; and as an item it must have a name of its own, for without one it would be another
/// instance than anybody wrote. Among such dashes a field belongs to an item only if it is in line with it.
Misplaced find_misplaced(const std::vector<NumberedLine>& lines) {
  constexpr std::string_view kName = "instanceId";
  Misplaced misplaced;
  std::optional<OpenItem> item;
  bool is_begun_by_stray_dash = false;
  bool are_dashes_uneven = false;
  const auto doubt = [&misplaced](const NumberedLine& line) {
    if (!misplaced.doubtful) misplaced.doubtful = line;
  };
  const auto end_item = [&] {
    if (is_begun_by_stray_dash && !item->has(kName)) doubt(item->line());
  };
  for (const auto& line : lines) {
    const auto field = line.flat.known;
    const bool begins_item = line.flat.has_dash || !item;
    const bool is_in_line =
        begins_item ? line.flat.indent == lines.front().flat.indent : line.flat.field_at == item->field_column();
    if (!is_in_line && !misplaced.first) misplaced.first = line;
    if (begins_item) {
      if (item) end_item();
      if (!is_in_line && !item->has(field)) doubt(line);
      is_begun_by_stray_dash = !is_in_line;
      are_dashes_uneven = are_dashes_uneven || !is_in_line;
      item.emplace(line);
    } else if (!is_in_line && are_dashes_uneven) {
      doubt(line);
    }
    item->add(field);
  }
  end_item();
  return misplaced;
}

void rewrite(SourceText& source, const std::vector<NumberedLine>& lines) {
  std::vector<std::string> texts(source.line_count());
  // Comments stay: what they say may matter for the fields around them.
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = source.line(i);
  std::vector<int> shifts(source.line_count(), 0);
  const bool has_dashes = lines.front().flat.has_dash;
  for (const auto& [number, flat] : lines) {
    std::string_view prefix;
    if (has_dashes) prefix = flat.has_dash ? "- " : "  ";
    texts[number] = std::string(prefix).append(source.line(number).substr(flat.field_at));
    shifts[number] = static_cast<int>(flat.field_at) - static_cast<int>(prefix.size());
  }
  source.rewrite(texts, std::move(shifts));
}

void report_misplaced(const NumberedLine& line, const SourceText& source, Findings& findings) {
  const bool is_dash = line.flat.has_dash;
  findings.warning("indentation", source, source.offset(line.number, is_dash ? line.flat.indent : line.flat.field_at),
                   is_dash ? "this dash is not aligned with the others; it was read as the start of an item"
                           : "this line is not aligned with the others; it was read as a field of the same item",
                   is_dash ? "align it with the dash of the first item" : "align it with the field above");
}

void report_doubt(const NumberedLine& line, const SourceText& source, Findings& findings) {
  const bool is_dash = line.flat.has_dash;
  findings.error(
      "indentation", source, source.offset(line.number, is_dash ? line.flat.indent : line.flat.field_at),
      is_dash ? "does this dash begin an item, or does its field belong to the item above?"
              : "items and fields are not aligned: to which item does this field belong?",
      is_dash ? "align the dash with the first one, with an instanceId in the item, or delete it and align the field"
              : "align the dashes of all items, and each field with the first of its item");
}

}  // namespace

bool repair_indentation(SourceText& source, std::span<const FieldName> names, Findings& findings) {
  const auto lines = read_flat_lines(source, names);
  if (lines.empty()) return true;
  const auto misplaced = find_misplaced(lines);
  // A tab between the dash and the field is legal; one before either is not.
  const auto tabbed = std::find_if(lines.begin(), lines.end(), [&source](const NumberedLine& line) {
    return source.line(line.number).substr(0, line.flat.indent).find('\t') != std::string_view::npos;
  });
  const auto any_tab = std::find_if(lines.begin(), lines.end(),
                                    [&source](const NumberedLine& line) { return has_leading_tab(source, line); });
  const auto glued =
      std::find_if(lines.begin(), lines.end(), [](const NumberedLine& line) { return line.flat.is_dash_glued; });
  if (!misplaced.first && any_tab == lines.end() && glued == lines.end()) return true;
  if (misplaced.doubtful) {
    report_doubt(*misplaced.doubtful, source, findings);
    return false;
  }
  if (glued != lines.end()) {
    findings.warning("missing-space", source, source.offset(glued->number, glued->flat.indent),
                     "there is no space behind the dash of this item", "write \"- \" before the field");
  }
  if (tabbed != lines.end()) {
    const auto column = source.line(tabbed->number).find('\t');
    findings.warning("tab-indentation", source, source.offset(tabbed->number, column),
                     "a tab was read as indentation, which YAML does not allow", "use spaces");
  } else if (misplaced.first && glued == lines.end()) {
    report_misplaced(*misplaced.first, source, findings);
  }
  rewrite(source, lines);
  return true;
}

}  // namespace acr::config
