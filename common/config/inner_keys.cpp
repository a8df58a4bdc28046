// SPDX-License-Identifier: Apache-2.0
#include "common/config/inner_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "common/base/text.hpp"
#include "common/config/key_reference.hpp"
#include "common/config/near_miss.hpp"

namespace acr::config {
namespace {

/// No name of a key is longer.
constexpr std::size_t kMostNameBytes = 64;

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

struct InnerName {
  std::string_view name;
  std::size_t offset = 0;
  /// Does nothing stand before it on its line but blanks, a dash or a quote?
  bool begins_line = false;
};

/// The name before the colon at `colon`. Offsets count in the line.
InnerName read_name_before(std::string_view line, std::size_t colon) {
  auto end = colon;
  while (end > 0 && (line[end - 1] == '"' || line[end - 1] == '\'' || line[end - 1] == ' ')) --end;
  auto start = end;
  while (start > 0 && end - start < kMostNameBytes && is_name_character(line[start - 1])) --start;
  auto name = line.substr(start, end - start);
  const auto first = std::min(name.find_first_not_of('-'), name.size());
  name.remove_prefix(first);
  start += first;
  auto before = start;
  while (before > 0 && std::string_view(" \t\"'-").find(line[before - 1]) != std::string_view::npos) --before;
  return {.name = name, .offset = start, .begins_line = before == 0};
}

bool is_comment(std::string_view line) {
  return trim(line).starts_with('#');
}

/// Calls visit(name, key) for each name of another key that has a colon behind it, comments left out.
template <class Visit>
void visit_inner_keys(const SourceText& source, Visit visit) {
  const auto* own = find_spelled_key(source.key());
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    const auto line = source.line(i);
    if (line.find(':') == std::string_view::npos || is_comment(line)) continue;
    for (auto colon = line.find(':'); colon != std::string_view::npos; colon = line.find(':', colon + 1)) {
      auto name = read_name_before(line, colon);
      name.offset = source.offset(i, name.offset);
      const auto* key = name.name.empty() ? nullptr : find_inner_key(name.name);
      if (key != nullptr && key != own) visit(name, *key);
    }
  }
}

void report_own_name(std::string_view own, const SourceText& source, std::size_t offset, Findings& findings) {
  findings.warning("repeated-key", source, offset,
                   fmt::format("the name {} stands in its own value again, and was ignored", own),
                   "write the value alone");
}

void take_own_name(SourceText& source, Findings& findings) {
  const auto* own = find_spelled_key(source.key());
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    const auto line = source.line(i);
    const auto content = std::min(line.find_first_not_of(" \t"), line.size());
    if (content == line.size() || is_comment(line)) continue;
    const auto colon = std::min(line.find(':'), line.size());
    const bool is_divided = colon + 1 >= line.size() || line[colon + 1] == ' ' || line[colon + 1] == '\t';
    if (own == nullptr || colon == line.size() || !is_divided ||
        find_spelled_key(line.substr(content, colon - content)) != own)
      return;
    const auto offset = source.offset(i, content);
    report_own_name(own->name, source, offset, findings);
    source.overwrite(offset, colon + 1 - content, ' ');
    return;
  }
}

}  // namespace

void report_inner_key(const KeyReference& key, const SourceText& source, std::size_t offset, Findings& findings) {
  const auto outer = show_key(source.key());
  findings.lose_key(key.name);
  findings.error("misplaced-key", source, offset,
                 fmt::format("{} is a key of the ConfigMap, but stands inside of {}", key.name, outer),
                 fmt::format("indent it like {}", outer));
}

void settle_inner_keys(SourceText& source, Findings& findings) {
  take_own_name(source, findings);
  std::vector<std::size_t> places;
  visit_inner_keys(source, [&](const InnerName& name, const KeyReference& key) {
    if (!name.begins_line) return;
    places.push_back(name.offset);
    report_inner_key(key, source, name.offset, findings);
  });
  // They are no part of the value.
  for (const auto at : places) source.overwrite(at, source.text().find('\n', at) - at, ' ');
}

void lose_inner_keys(const SourceText& source, Findings& findings) {
  visit_inner_keys(source, [&](const InnerName&, const KeyReference& key) { findings.lose_key(key.name); });
}

std::optional<YamlValue> find_own_value(YamlValue document, const SourceText& source, Findings& findings) {
  std::size_t count = 0;
  YamlValue name;
  YamlValue value;
  document.visit_fields([&](YamlValue key, YamlValue inner) {
    ++count;
    name = key;
    value = inner;
  });
  const auto* own = find_spelled_key(source.key());
  // The list of the managed edition has its own name in the JSON of that.
  if (count != 1 || own == nullptr || !is_same_name(name.text(), source.key())) return std::nullopt;
  report_own_name(own->name, source, name.offset(), findings);
  return value;
}

}  // namespace acr::config
