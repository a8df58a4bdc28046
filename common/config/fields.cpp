// SPDX-License-Identifier: Apache-2.0
#include "common/config/fields.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.hpp"
#include "common/config/near_miss.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kQuotedNameBytes = 60;

void report_unknown(std::string_view written, std::size_t offset, const Fields& present, const SourceText& source,
                    std::span<const FieldName> names, Findings& findings) {
  const auto message = fmt::format("unknown field \"{}\"", printable(written, kQuotedNameBytes));
  for (const auto& known : names) {
    if (!present.contains(known.name) && is_near_miss(written, known.name)) {
      findings.error("unknown-field", source, offset, message, fmt::format("did you mean {}?", known.name));
      return;
    }
  }
  findings.warning("unknown-field", source, offset, message + " was ignored");
}

}  // namespace

std::string_view find_field(std::span<const FieldName> names, std::string_view written) {
  const auto folded = fold_name(written);
  for (const auto& known : names) {
    if (fold_name(known.name) == folded) return known.name;
    const bool is_alias = std::any_of(known.aliases.begin(), known.aliases.end(),
                                      [&folded](std::string_view alias) { return fold_name(alias) == folded; });
    if (is_alias) return known.name;
  }
  return {};
}

std::size_t offset_of(const YAML::Node& node, const SourceText& source) {
  const auto mark = node.Mark();
  if (mark.is_null()) return 0;
  return source.offset(static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column));
}

Fields read_fields(const YAML::Node& mapping, const SourceText& source, std::span<const FieldName> names,
                   Findings& findings) {
  Fields fields;
  bool has_repeat = false;
  std::vector<std::pair<std::string, std::size_t>> unknown;
  for (const auto& pair : mapping) {
    auto key_offset = offset_of(pair.first, source);
    if (!pair.first.IsScalar()) {
      findings.error("yaml-syntax", source, key_offset, "expected the name of a field");
      continue;
    }
    const auto& written = pair.first.Scalar();
    key_offset = source.find(written, key_offset);  // behind a quote
    const auto name = find_field(names, written);
    if (name.empty()) {
      unknown.emplace_back(written, key_offset);
      continue;
    }
    if (written != name) {
      findings.warning("field-spelling", source, key_offset, fmt::format("read as {}", name),
                       fmt::format("write {}", name));
    }
    const Field field{.value = pair.second, .key_offset = key_offset, .value_offset = offset_of(pair.second, source)};
    if (!fields.emplace(name, field).second && !has_repeat) {
      has_repeat = true;
      findings.error("duplicate-field", source, key_offset, fmt::format("{} stands twice in one item", name),
                     fmt::format("is a \"-\" missing at line {}?", source.position(key_offset).line));
    }
  }
  for (const auto& [written, offset] : unknown) report_unknown(written, offset, fields, source, names, findings);
  return fields;
}

std::optional<ScalarText> read_scalar(const Fields& fields, std::string_view name, const SourceText& source,
                                      Findings& findings) {
  const auto found = fields.find(name);
  if (found == fields.end() || found->second.value.IsNull()) return std::nullopt;
  const auto& field = found->second;
  if (!field.value.IsScalar()) {
    findings.error("not-a-scalar", source, field.value_offset,
                   fmt::format("{} takes a single value, not a list or mapping", name));
    return std::nullopt;
  }
  ScalarText scalar{.text = std::string(trim(field.value.Scalar())), .offset = field.value_offset};
  if (scalar.text.empty()) return std::nullopt;
  return scalar;
}

std::optional<bool> parse_switch(std::string_view text) {
  const auto word = to_lower(trim(text));
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  return std::nullopt;
}

std::optional<std::chrono::seconds> read_seconds(const ScalarText& scalar, std::string_view what,
                                                 const SourceText& source, Findings& findings) {
  constexpr long long kTenYears = 10LL * 366 * 24 * 3600;
  if (const auto number = parse_unsigned(scalar.text); number && *number <= kTenYears)
    return std::chrono::seconds{*number};
  if (const auto duration = parse_loose_duration(scalar.text)) {
    findings.warning("duration-unit", source, scalar.offset,
                     fmt::format("{} is a number of seconds; read as {}", what, duration->value.count()),
                     fmt::format("write {}", duration->value.count()));
    return duration->value;
  }
  findings.error("invalid-value", source, scalar.offset, fmt::format("{} must be a number of seconds", what));
  return std::nullopt;
}

bool is_placeholder(std::string_view text) {
  return text.find('<') != std::string_view::npos || text.find("${") != std::string_view::npos ||
         text.find("{{") != std::string_view::npos;
}

}  // namespace acr::config
