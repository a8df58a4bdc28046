// SPDX-License-Identifier: Apache-2.0
#include "common/config/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/base/text.hpp"
#include "common/config/inner_keys.hpp"
#include "common/config/key_reference.hpp"
#include "common/config/near_miss.hpp"
#include "common/config/pasted_key.hpp"
#include "common/config/quotes.hpp"
#include "common/config/secret_name.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kQuotedNameBytes = 60;

/// The known field that `written` begins with, where its value is glued to it: "instanceId:cri-a", "“regionId”".
std::string_view find_glued_field(std::string_view written, std::span<const FieldName> names) {
  const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  const auto* begin = std::find_if(written.begin(), written.end(), is_name);
  const auto* end = std::find_if_not(begin, written.end(), is_name);
  const std::string_view name(begin, static_cast<std::size_t>(end - begin));
  return name == written ? std::string_view{} : find_field(names, name);
}

/// A field that is not known.
struct UnknownField {
  std::string_view written;
  YamlValue value;
  std::size_t offset = 0;
};

/// May the field name a role?
bool sounds_like_role(const UnknownField& field) {
  const auto name = fold_name(field.written);
  const auto holds = [&name](std::string_view part) { return name.find(part) != std::string::npos; };
  return holds("role") || holds("oidc") || holds("rrsa") || holds("assume") || name.starts_with("arn") ||
         name.ends_with("arn") || trim(field.value.text()).starts_with("acs:ram:");
}

/// Reports fields that are not known, beside those that are.
class UnknownFields {
 public:
  UnknownFields(const SourceText& source, std::span<const FieldName> names, const Fields& present, Findings& findings)
      : source_(source), names_(names), present_(present), findings_(findings) {}

  void report(const UnknownField& field) {
    if (const auto glued = find_glued_field(field.written, names_); !glued.empty()) {
      fail(field, fmt::format("{} is not divided from what follows it", glued),
           fmt::format("put a colon and a space behind {}, with plain quotes", glued));
      return;
    }
    const auto message =
        fmt::format("unknown field \"{}\"", quote_from(source_, field.offset, field.written, kQuotedNameBytes));
    for (const auto& known : names_) {
      if (present_.contains(known.name) || !is_near_miss(field.written, known.name)) continue;
      fail(field, message, fmt::format("did you mean {}?", known.name));
      return;
    }
    if (const auto* key = find_inner_key(field.written)) {
      report_inner_key(*key, source_, field.offset, findings_);
      return;
    }
    // Without it the item would be read by another identity than was meant.
    const bool is_item = !find_field(names_, "customAccessKey").empty();
    if (is_item && judge_secrecy(field.written) != Secrecy::None) {
      fail(field, message, kPlaceOfKeys);
    } else if (is_item && sounds_like_role(field)) {
      fail(field, message, "roles stand in assumeRoleARN, or in rrsaRoleARN and rrsaOIDCProviderRoleARN");
    } else {
      findings_.warning("unknown-field", source_, field.offset, message + " was ignored");
    }
  }

 private:
  void fail(const UnknownField& field, const std::string& message, const std::string& hint) {
    findings_.error("unknown-field", source_, field.offset, message, hint);
  }

  const SourceText& source_;
  std::span<const FieldName> names_;
  const Fields& present_;
  Findings& findings_;
};

}  // namespace

std::string_view find_field(std::span<const FieldName> names, std::string_view written) {
  for (const auto& known : names) {
    if (is_same_name(written, known.name)) return known.name;
    const bool is_alias = std::any_of(known.aliases.begin(), known.aliases.end(), [written](std::string_view alias) {
      return !alias.empty() && is_same_name(written, alias);
    });
    if (is_alias) return known.name;
  }
  return {};
}

Fields read_fields(YamlValue mapping, const SourceText& source, std::span<const FieldName> names, Findings& findings,
                   bool* has_unknown) {
  Fields fields;
  bool has_repeat = false;
  std::vector<UnknownField> unknown;
  mapping.visit_fields([&](YamlValue key, YamlValue value) {
    if (!key.is_scalar()) {
      findings.error("yaml-syntax", source, key.offset(), "expected the name of a field");
      return;
    }
    const auto written = key.text();
    const auto key_offset = source.find(written, key.offset());  // behind a quote
    const auto quoted = unquote(written);
    const auto name = find_field(names, quoted.kind == QuoteKind::Typographic ? quoted.text : written);
    if (name.empty()) {
      unknown.push_back({.written = written, .value = value, .offset = key_offset});
      return;
    }
    if (written != name) {
      findings.warning("field-spelling", source, key_offset, fmt::format("read as {}", name),
                       fmt::format("write {}", name));
    }
    const Field field{.value = value, .key_offset = key_offset, .value_offset = value.offset()};
    if (!fields.emplace(name, field).second && !has_repeat) {
      has_repeat = true;
      const bool is_item = !find_field(names, "customAccessKey").empty();
      findings.error(
          "duplicate-field", source, key_offset, fmt::format("{} stands twice{}", name, is_item ? " in one item" : ""),
          is_item ? fmt::format("is a \"-\" missing at line {}?", source.line_number(key_offset)) : "keep one of them");
    }
  });
  if (has_unknown != nullptr) *has_unknown = !unknown.empty();
  UnknownFields reporter(source, names, fields, findings);
  for (const auto& field : unknown) reporter.report(field);
  return fields;
}

std::size_t place_within(std::string_view text, std::size_t at, const SourceText& source, std::size_t offset) {
  const auto start = source.find(text, offset);
  const bool is_verbatim = std::string_view(source.text()).substr(start).starts_with(text);
  return is_verbatim ? start + at : offset;
}

std::optional<ScalarText> read_scalar(const Fields& fields, std::string_view name, const SourceText& source,
                                      Findings& findings, std::size_t most_bytes) {
  const auto found = fields.find(name);
  if (found == fields.end() || found->second.value.is_null()) return std::nullopt;
  const auto& field = found->second;
  if (!field.value.is_scalar()) {
    findings.error("not-a-scalar", source, field.value_offset,
                   fmt::format("{} takes a single value, not a list or mapping", name));
    return std::nullopt;
  }
  auto text = trim(field.value.text());
  if (text.empty()) return std::nullopt;
  const bool is_access_key = name.starts_with("customAccessKey");
  if (!is_access_key && name != "instanceId" && text.size() > 3 && (text.ends_with(',') || text.ends_with("，"))) {
    const auto plain = text.substr(0, text.size() - (text.ends_with(',') ? 1 : 3));
    findings.warning("trailing-comma", source, place_within(text, plain.size(), source, field.value_offset),
                     fmt::format("the comma behind {} was ignored", name), "delete it");
    text = trim(plain);
  }
  if (const auto inner = unquote(text); inner.kind == QuoteKind::Typographic) {
    text = inner.text;
    findings.warning("typographic-quotes", source, field.value_offset, "typographic quotes were ignored",
                     "type plain quotes");
  }
  if (text.starts_with("//")) {
    findings.error("slash-comment", source, field.value_offset,
                   fmt::format("is this a comment, or the value of {}?", name), "comments start with #");
    return std::nullopt;
  }
  if (text.size() > most_bytes) {
    findings.error("value-too-long", source, field.value_offset,
                   fmt::format("{} has {} bytes; at most {} make sense", name, text.size(), most_bytes));
    return std::nullopt;
  }
  return ScalarText{.text = std::string(text), .offset = field.value_offset};
}

std::optional<std::string> join_scalars(YamlValue sequence) {
  std::string joined;
  bool is_plain = sequence.is_sequence();
  bool is_first = true;
  sequence.visit_items([&](YamlValue item) {
    is_plain = is_plain && item.is_scalar();
    joined.append(is_first ? "" : ",").append(item.text());
    is_first = false;
  });
  return is_plain ? std::optional(std::move(joined)) : std::nullopt;
}

bool is_left_empty(const Field& field, const SourceText& source) {
  if (field.value.is_null()) return true;
  if (!field.value.is_scalar() || !trim(field.value.text()).empty()) return false;
  const std::string_view rest =
      std::string_view(source.text()).substr(std::min(field.value_offset, source.text().size()));
  return !rest.starts_with('"') && !rest.starts_with('\'');
}

std::optional<bool> parse_switch(std::string_view text) {
  const auto word = to_lower(trim(text));
  if (word == "true" || word == "yes" || word == "on" || word == "1" || word == "enabled") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0" || word == "disabled") return false;
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
  findings.error("invalid-value", source, scalar.offset, fmt::format("{} must be a number of seconds", what),
                 "write a whole number, without a sign or unit");
  return std::nullopt;
}

bool report_placeholder(const ScalarText& scalar, std::string_view field, const SourceText& source,
                        Findings& findings) {
  if (!is_placeholder(scalar.text)) return false;
  findings.error("placeholder", source, source.find("<", scalar.offset),
                 fmt::format("a placeholder was left in {}", field), "replace it by the real value");
  return true;
}

bool is_placeholder(std::string_view text) {
  return text.find('<') != std::string_view::npos || text.find("${") != std::string_view::npos ||
         text.find("{{") != std::string_view::npos;
}

}  // namespace acr::config
