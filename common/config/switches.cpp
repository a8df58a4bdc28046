// SPDX-License-Identifier: Apache-2.0
#include "common/config/switches.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.hpp"
#include "common/config/inner_keys.hpp"
#include "common/config/key_reference.hpp"
#include "common/config/yaml_document.hpp"
#include "common/config/yaml_slips.hpp"

namespace acr::config {
namespace {

bool is_word_of_null(char first) {
  return first == '~' || first == 'n' || first == 'N';
}

/// The fields of the mapping, or of what a bare switch stands for; empty if nothing is written. They point into `tree`.
Fields read_switches(SourceText& source, std::optional<YamlTree>& tree, std::span<const FieldName> names,
                     bool may_decode, Findings& findings) {
  tree = read_document(source, names, findings);
  if (!tree) return {};
  auto document = find_own_value(tree->root(), source, findings).value_or(tree->root());
  if (document.is_null()) {
    if (const auto at = document.offset(); at < source.text().size() && is_word_of_null(source.text()[at])) {
      findings.warning("null-value", source, at, "this was read as nothing: the default, off, applies",
                       "leave the key out, or write enable: false");
    }
    return {};
  }
  if (document.is_sequence() && document.item_count() == 1) {
    YamlValue item;
    document.visit_items([&item](YamlValue only) { item = only; });
    if (item.is_mapping()) {
      findings.warning("list-instead-of-map", source, document.offset(), "a list of one was read as what is in it",
                       "delete the dash");
      document = item;
    }
  }
  if (document.is_mapping()) {
    bool has_unknown = false;
    auto fields = read_fields(document, source, names, findings, &has_unknown);
    if (has_unknown && !fields.contains("enable")) {
      findings.error("unknown-field", source, document.offset(),
                     "enable is missing and a field is not known: that is not taken for \"off\"",
                     "write enable: true or enable: false on a line of its own");
    }
    return fields;
  }
  const auto offset = document.offset();
  if (document.is_scalar()) {
    const std::string text(trim(document.text()));
    if (text.empty()) return {};
    if (parse_switch(text)) {
      // The managed edition writes the switch of RRSA so.
      const bool is_managed = source.key() != "rrsa" && names.data() == kRrsaFields.data();
      if (!is_managed)
        findings.warning("scalar-instead-of-map", source, offset,
                         fmt::format("read as enable: {}", *parse_switch(text)),
                         fmt::format("write enable: {}", *parse_switch(text)));
      return {{"enable", Field{.value = document, .key_offset = offset, .value_offset = offset}}};
    }
    const bool is_wrapped = std::string_view("\"'|>").find(source.text()[offset]) != std::string_view::npos;
    if (may_decode && is_wrapped && text.find(':') != std::string::npos) {
      findings.warning("double-encoded", source, offset, "the value was encoded twice and was decoded once more",
                       "leave the quotes around it away");
      source = SourceText(source.key(), text, source.position(offset));
      return read_switches(source, tree, names, false, findings);
    }
  }
  const auto words = describe_missing_colon(document.text(), names);
  findings.error("not-a-mapping", source, offset, words.empty() ? "expected fields, one on a line" : words,
                 "such as: enable: true");
  return {};
}

bool read_enable(const Fields& fields, const SourceText& source, Findings& findings) {
  const auto scalar = read_scalar(fields, "enable", source, findings);
  const auto field = fields.find("enable");
  if (field != fields.end() && !field->second.value.is_sequence() && trim(field->second.value.text()).empty()) {
    findings.warning("null-value", source, field->second.value_offset, "enable is empty: read as false",
                     "write enable: true or enable: false");
  }
  if (!scalar) return false;
  const auto enable = parse_switch(scalar->text);
  if (!enable)
    findings.error("invalid-value", source, scalar->offset, "enable must be true or false",
                   "write enable: true or enable: false");
  return enable.value_or(false);
}

/// The one of `words` that the field holds, in any case; nullopt if absent or (reported) another one.
std::optional<std::string> read_word(const Fields& fields, std::string_view name,
                                     std::initializer_list<std::string_view> words, const SourceText& source,
                                     Findings& findings) {
  const auto scalar = read_scalar(fields, name, source, findings);
  if (!scalar) return std::nullopt;
  for (const auto word : words) {
    if (scalar->text == word) return std::string(word);
    if (equals_ignore_case(scalar->text, word)) {
      findings.warning("case-normalised", source, scalar->offset, fmt::format("read as {}", word));
      return std::string(word);
    }
  }
  findings.error("invalid-value", source, scalar->offset, fmt::format("{} must be {}", name, fmt::join(words, " or ")),
                 fmt::format("write {}: {}; that is the default", name, *words.begin()));
  return std::nullopt;
}

int read_timeout(const Fields& fields, int default_seconds, const SourceText& source, Findings& findings) {
  constexpr std::chrono::seconds kLeast{1};
  constexpr std::chrono::seconds kMost{30};
  const auto scalar = read_scalar(fields, "timeout-seconds", source, findings);
  if (!scalar) return default_seconds;
  const auto seconds = read_seconds(*scalar, "timeout-seconds", source, findings);
  if (!seconds) return default_seconds;
  const auto bounded = std::clamp(*seconds, kLeast, kMost);
  if (bounded != *seconds) {
    findings.warning("value-out-of-range", source, scalar->offset, fmt::format("read as {}", bounded.count()),
                     "the API server takes 1 to 30 seconds");
  }
  return static_cast<int>(bounded.count());
}

}  // namespace

bool read_rrsa(SourceText source, Findings& findings) {
  std::optional<YamlTree> tree;
  return read_enable(read_switches(source, tree, kRrsaFields, true, findings), source, findings);
}

WebhookSettings read_webhook(SourceText source, Findings& findings) {
  std::optional<YamlTree> tree;
  const auto fields = read_switches(source, tree, kWebhookFieldNames, true, findings);
  WebhookSettings webhook;
  webhook.enable = read_enable(fields, source, findings);
  if (read_word(fields, "failure-policy", {"Ignore", "Fail"}, source, findings) == "Fail") {
    webhook.failure_policy = FailurePolicy::Fail;
    if (webhook.enable) {
      findings.warning("failure-policy-fail", source, fields.at("failure-policy").value_offset,
                       "with Fail no ServiceAccount can be created in the watched namespaces while no webhook answers",
                       "with Ignore it is created, and bound a moment later by the controller");
    }
  }
  if (read_word(fields, "mode", {"webhook", "policy"}, source, findings) == "policy")
    webhook.mode = WebhookMode::Policy;
  webhook.timeout_seconds = read_timeout(fields, webhook.timeout_seconds, source, findings);
  return webhook;
}

}  // namespace acr::config
