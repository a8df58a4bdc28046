// SPDX-License-Identifier: Apache-2.0
// Reading a flat YAML mapping of known fields: spelling, repeats, single values.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/config/source_text.hpp"
#include "common/config/yaml_tree.hpp"

namespace acr::config {

/// A field as the documentation spells it, and other words that people use for it.
struct FieldName {
  std::string_view name;
  std::array<std::string_view, 2> aliases = {};
};

/// The documented name for `written`, whatever its case, '-' and '_'; empty if there is none.
std::string_view find_field(std::span<const FieldName> names, std::string_view written);

struct Field {
  YamlValue value;
  std::size_t key_offset = 0;
  std::size_t value_offset = 0;
};

/// Fields under their documented names.
using Fields = std::map<std::string_view, Field>;

/// Reports unknown, misspelt and repeated fields. `names` must outlive the result.
/// `has_unknown`, if given, becomes true if a field was not understood.
Fields read_fields(YamlValue mapping, const SourceText& source, std::span<const FieldName> names, Findings& findings,
                   bool* has_unknown = nullptr);

/// A single value, trimmed.
struct ScalarText {
  std::string text;
  std::size_t offset = 0;
};

/// Where byte `at` of `text` stands, a value or part of one that begins at `offset` or behind the quote there; `offset`
/// if it is not written as it reads.
std::size_t place_within(std::string_view text, std::size_t at, const SourceText& source, std::size_t offset);

/// Longer than any id, ARN or key.
inline constexpr std::size_t kMostScalarBytes = 512;

/// The value of a field; nullopt if the field is absent, null or empty, or (reported) a list or mapping or longer than
/// `most_bytes`.
std::optional<ScalarText> read_scalar(const Fields& fields, std::string_view name, const SourceText& source,
                                      Findings& findings, std::size_t most_bytes = kMostScalarBytes);

/// The scalars of a list, joined by commas; nullopt if it has other items.
std::optional<std::string> join_scalars(YamlValue sequence);

/// Null, a word for it, or a block in which nothing stands: unlike "", which says that nothing is meant.
bool is_left_empty(const Field& field, const SourceText& source);

/// "true", "yes", "on", "1", "enabled" and their opposites, in any case.
std::optional<bool> parse_switch(std::string_view text);

/// A whole number of seconds, or (with a warning) a duration such as "10s". `what` names it in messages.
std::optional<std::chrono::seconds> read_seconds(const ScalarText& scalar, std::string_view what,
                                                 const SourceText& source, Findings& findings);

/// "15m", and with a warning "15 min", "1 hour" and the like; nullopt for anything else.
struct LooseDuration {
  std::chrono::seconds value{0};
  bool is_exact = true;
};
std::optional<LooseDuration> parse_loose_duration(std::string_view text);

/// Does the text hold a placeholder of a template, such as <cri-instanceId> or ${REGION}?
bool is_placeholder(std::string_view text);

/// Reports an error if the value of the field holds one; true then.
bool report_placeholder(const ScalarText& scalar, std::string_view field, const SourceText& source, Findings& findings);

}  // namespace acr::config
