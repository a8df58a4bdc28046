// SPDX-License-Identifier: Apache-2.0
// One item of acr-registry-info.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/base/credential_form.hpp"
#include "common/base/text.hpp"
#include "common/config/domains.hpp"
#include "common/config/instance_id.hpp"
#include "common/config/instances.hpp"
#include "common/config/key_reference.hpp"
#include "common/config/name_splitter.hpp"
#include "common/config/pasted_key.hpp"
#include "common/config/regions.hpp"
#include "common/config/yaml_slips.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kQuotedBytes = 80;

/// Reads the fields of one item. Errors go to `findings_`; the caller drops the item if there was any.
class ItemReader {
 public:
  ItemReader(YamlValue item, const SourceText& source, Findings& findings)
      : source_(source),
        findings_(findings),
        item_(item),
        fields_(read_fields(item, source, kItemFieldNames, findings, &has_unknown_)) {}

  /// An item without instanceId is Personal Edition, but not if a field that may have been it was not understood, nor
  /// if it may be the rest of the item above, behind a dash too many.
  void check_edition(std::size_t offset, const std::optional<YamlValue>& above) {
    if (fields_.contains("instanceId")) return;
    if (has_unknown_) {
      findings_.error("unknown-field", source_, offset,
                      "the item has no instanceId but a field that is not known: it is not taken for Personal Edition",
                      "correct the field, or write instanceId: \"\" for Personal Edition");
    } else if (above && may_continue(*above)) {
      findings_.error(
          "missing-id", source_, offset,
          "the item has no instanceId, and the one above has none of its fields: is it Personal Edition, or "
          "the rest of that item?",
          "write instanceId: \"\" for Personal Edition, or delete the dash if it belongs to the item above");
    } else {
      findings_.warning("missing-id", source_, offset, "the item has no instanceId: it was read as Personal Edition",
                        "write instanceId: \"\" for Personal Edition");
    }
  }

  std::vector<ScalarText> read_ids() {
    constexpr std::size_t kMostListBytes = 4096;
    const auto scalar = read("instanceId", kMostListBytes);
    if (!scalar) {
      report_empty_id();
      return {{"", 0}};
    }
    std::vector<ScalarText> ids;
    auto at = scalar->offset;
    const auto list = with_plain_commas(*scalar);
    for (const auto& id : split_list(list, ',')) {
      const std::string written(unquote(id).text);
      ids.push_back({written, source_.find(written, at)});
      at = ids.back().offset + written.size();
      check_instance_id(ids.back(), source_, findings_);
    }
    if (ids.empty()) {
      if (!unquote(scalar->text).text.empty()) {
        findings_.error("invalid-value", source_, scalar->offset, "no id of an instance stands between the commas",
                        "such as cri-0123456789abcdef, or \"\" for Personal Edition");
      }
      return {{"", 0}};
    }
    if (const auto comma = find_idle_comma(list); comma != std::string::npos && list.size() == scalar->text.size()) {
      findings_.warning("trailing-comma", source_, place_within(scalar->text, comma, source_, scalar->offset),
                        "a comma that divides no ids was ignored", "delete it");
    }
    if (ids.size() > 1) {
      const auto comma = find_end(ids.front());
      if (fields_.contains("domains") && !fields_.at("domains").value.is_null()) {
        findings_.error("id-list", source_, comma, "several instances with one list of domains: whose are they?",
                        "write one item for each instance");
      } else {
        findings_.warning("id-list", source_, comma, "several instances in one item were read as one item each",
                          "write one item for each instance");
      }
    }
    return ids;
  }

  /// Personal Edition is written as "". What is empty without quotes may have been meant as something else.
  void report_empty_id() {
    const auto field = fields_.find("instanceId");
    if (field == fields_.end() || !is_left_empty(field->second, source_)) return;
    findings_.warning("null-value", source_, field->second.value_offset,
                      "instanceId is empty: read as Personal Edition", "write instanceId: \"\" for Personal Edition");
  }

  std::string read_region(const std::string& default_region) {
    const auto scalar = read("regionId");
    if (!scalar) {
      const auto field = fields_.find("regionId");
      if (field != fields_.end() && is_left_empty(field->second, source_)) {
        findings_.warning("null-value", source_, field->second.value_offset,
                          "regionId is empty: the region of the cluster was taken",
                          "write the region, or delete the field");
      }
      return default_region;
    }
    auto region = to_lower(scalar->text);
    const bool is_plain = std::all_of(region.begin(), region.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
    });
    if (!is_plain) {
      findings_.error("invalid-value", source_, scalar->offset, "this is not the id of a region",
                      "such as cn-hangzhou");
    } else if (region != scalar->text) {
      findings_.warning("case-normalised", source_, scalar->offset, fmt::format("read as {}", region));
    }
    if (const auto similar = find_similar_regions(region); is_plain && !similar.empty()) {
      findings_.warning("unknown-region", source_, scalar->offset,
                        fmt::format("\"{}\" is not a known region", printable(region, kQuotedBytes)),
                        fmt::format("did you mean {}?", fmt::join(similar, " or ")));
    }
    return region;
  }

  std::vector<Domain> read_host_names() { return read_domains(fields_, source_, findings_); }

  /// The role to take on, checked for its form: "acs:ram::<account>:<kind>/<name>".
  std::string read_arn(std::string_view field, std::string_view kind) {
    if (lacks_value(field)) return {};
    const auto scalar = read(field);
    if (!scalar) return {};
    std::string_view rest(scalar->text);
    const bool has_prefix = rest.starts_with("acs:ram::");
    rest.remove_prefix(has_prefix ? 9 : 0);
    const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const auto tail = fmt::format(":{}/", kind);
    const bool is_valid = has_prefix && digits > 0 && rest.substr(digits).starts_with(tail) &&
                          rest.size() > digits + tail.size() && rest.find_first_of(" \t\n,") == std::string_view::npos;
    if (!is_valid) {
      findings_.error("invalid-arn", source_, scalar->offset, fmt::format("{} is not the ARN of a {}", field, kind),
                      fmt::format("the form is acs:ram::<account id>:{}/<name>", kind));
    }
    return scalar->text;
  }

  /// The session of a role, and where it was written, if it was.
  struct Duration {
    std::chrono::seconds value{3600};
    std::optional<std::size_t> offset;
  };

  Duration read_expire_duration() {
    constexpr std::chrono::seconds kLeast{900};
    constexpr std::chrono::seconds kMost{43200};
    const auto scalar = read("expireDuration");
    Duration duration;
    if (!scalar) return duration;
    const auto seconds = read_seconds(*scalar, "expireDuration", source_, findings_).value_or(duration.value);
    const auto bounded = std::clamp(seconds, kLeast, kMost);
    if (bounded != seconds) {
      findings_.warning("value-out-of-range", source_, scalar->offset,
                        fmt::format("expireDuration was read as {}", bounded.count()),
                        "the range is 900 to 43200 seconds, and not above the role's own limit");
    }
    duration.value = bounded;
    duration.offset = scalar->offset;
    return duration;
  }

  std::optional<AccessKey> read_access_key() {
    const bool lacks_id = lacks_value("customAccessKey");
    const bool lacks_secret = lacks_value("customAccessKeySecret");
    if (lacks_id || lacks_secret) return std::nullopt;
    const auto errors_before = findings_.error_count();
    const auto id = read("customAccessKey");
    const auto secret = read("customAccessKeySecret");
    if ((!id && !secret) || findings_.error_count() > errors_before) return std::nullopt;
    if (!id || !secret) {
      const auto& present = fields_.at(id ? "customAccessKey" : "customAccessKeySecret");
      findings_.error("incomplete-credentials", source_, present.key_offset, "only half of an access key is there",
                      fmt::format("{} is missing", id ? "customAccessKeySecret" : "customAccessKey"));
      return std::nullopt;
    }
    if (secret->text.starts_with("LTAI") && holds_credential(secret->text)) {
      findings_.error("access-key", source_, secret->offset,
                      "the id of an access key stands where the secret of one belongs",
                      "the id belongs into customAccessKey");
      return std::nullopt;
    }
    findings_.warning("plaintext-access-key", source_, fields_.at("customAccessKey").key_offset,
                      "an access key stands in plain text in a ConfigMap", "use customAccessKeySecretRef");
    return AccessKey{.id = id->text, .secret = Secret(std::string(secret->text))};
  }

  /// `{name: N}`, or just N.
  std::string read_secret_ref() {
    if (lacks_value("customAccessKeySecretRef", has_written("name")
                                                    ? "name stands beside it: indent it below customAccessKeySecretRef"
                                                    : "write customAccessKeySecretRef: {name: my-secret}")) {
      return {};
    }
    const auto found = fields_.find("customAccessKeySecretRef");
    if (found == fields_.end()) return {};
    auto name = found->second;
    if (name.value.is_mapping()) {
      static constexpr std::array kNames{FieldName{"name"}};
      const auto inner = read_fields(name.value, source_, kNames, findings_);
      if (inner.contains("name")) name = inner.at("name");
    }
    const auto text = std::string(trim(name.value.text()));
    if (report_pasted_key(text, "the name of a Secret", source_, name.value_offset, findings_)) return {};
    if (!is_dns_subdomain(text)) {
      findings_.error("invalid-value", source_, name.value_offset,
                      "customAccessKeySecretRef needs the name of a Secret",
                      "write customAccessKeySecretRef: {name: my-secret}");
    }
    return text;
  }

  /// The field must be there.
  [[nodiscard]] std::size_t place_of_field(std::string_view name) const { return fields_.at(name).key_offset; }

  /// Fields that only make sense, or make none, together.
  void check_combinations(const RegistryInstance& instance) {
    if (!lacks_identity_ && instance.rrsa_role_arn.empty() != instance.rrsa_oidc_provider_arn.empty()) {
      const bool has_role = !instance.rrsa_role_arn.empty();
      findings_.error("incomplete-credentials", source_,
                      fields_.at(has_role ? "rrsaRoleARN" : "rrsaOIDCProviderRoleARN").key_offset,
                      "RRSA needs a role and an OIDC provider",
                      fmt::format("{} is missing", has_role ? "rrsaOIDCProviderRoleARN" : "rrsaRoleARN"));
    }
    if (instance.custom_access_key && !instance.custom_access_key_secret_ref.empty()) {
      findings_.error("conflicting-credentials", source_, fields_.at("customAccessKeySecretRef").key_offset,
                      "an access key and a reference to one stand in the same item", "keep one of them");
    }
    const auto* key = instance.custom_access_key ? "customAccessKey" : "customAccessKeySecretRef";
    const bool has_key = instance.custom_access_key || !instance.custom_access_key_secret_ref.empty();
    if (has_key && !instance.rrsa_role_arn.empty()) {
      findings_.warning("conflicting-credentials", source_, fields_.at(key).key_offset,
                        fmt::format("{} has no effect beside rrsaRoleARN: the item is read by that role, or not at all "
                                    "while RRSA is off",
                                    key),
                        "keep one of them");
    }
  }

 private:
  /// Does the item have a field of that very name, known or not?
  [[nodiscard]] bool has_written(std::string_view name) const {
    bool found = false;
    item_.visit_fields([&](YamlValue key, YamlValue) { found = found || key.text() == name; });
    return found;
  }

  /// Could the fields stand in that item, too?
  [[nodiscard]] bool may_continue(YamlValue above) const {
    if (fields_.empty() || !above.is_mapping() || above.is_childless()) return false;
    bool is_disjoint = true;
    above.visit_fields([&](YamlValue key, YamlValue) {
      is_disjoint = is_disjoint && !fields_.contains(find_field(kItemFieldNames, key.text()));
    });
    return is_disjoint;
  }

  /// True after an error: a field that says whose identity is used stands there without a value. Taken for absent it
  /// would be that of the helper, which nobody may have meant.
  bool lacks_value(std::string_view name, const std::string& hint = "write the value, or delete the field") {
    const auto field = fields_.find(name);
    if (field == fields_.end() || !is_left_empty(field->second, source_)) return false;
    lacks_identity_ = true;
    findings_.error("missing-value", source_, field->second.key_offset,
                    fmt::format("{} has no value: without it another identity would be used", name), hint);
    return true;
  }

  /// The value of a field that is no access key: a placeholder in it is an error.
  std::optional<ScalarText> read(std::string_view name, std::size_t most_bytes = kMostScalarBytes) {
    auto scalar = read_scalar(fields_, name, source_, findings_, most_bytes);
    if (scalar && is_placeholder(scalar->text)) {
      findings_.error("placeholder", source_, source_.find("<", scalar->offset),
                      fmt::format("a placeholder was left in {}", name), "replace it by the real value");
      return std::nullopt;
    }
    const bool is_checked = name == "instanceId" || name.starts_with("customAccessKey");
    if (scalar && !is_checked &&
        report_pasted_key(scalar->text, "a value of this field", source_, scalar->offset, findings_))
      return std::nullopt;
    return scalar;
  }

  /// Behind the text, if it stands in the source as it is.
  [[nodiscard]] std::size_t find_end(const ScalarText& scalar) const {
    const std::string_view rest = std::string_view(source_.text()).substr(scalar.offset);
    return rest.starts_with(scalar.text) ? scalar.offset + scalar.text.size() : scalar.offset;
  }

  std::string with_plain_commas(const ScalarText& scalar) {
    std::string plain;
    for (std::size_t at = 0; at < scalar.text.size();) {
      const auto rest = std::string_view(scalar.text).substr(at);
      const auto wide = wide_separator_length(rest);
      if (wide > 0) {
        findings_.warning("fullwidth-punctuation", source_, source_.find(rest.substr(0, wide), scalar.offset),
                          "a full-width comma was read as a comma", "type a plain comma");
      }
      plain += wide > 0 ? ',' : rest[0];
      at += std::max<std::size_t>(wide, 1);
    }
    return plain;
  }

  const SourceText& source_;
  Findings& findings_;
  bool has_unknown_ = false;
  bool lacks_identity_ = false;
  YamlValue item_;
  Fields fields_;
};

}  // namespace

void read_item(YamlValue item, std::optional<YamlValue> above, const SourceText& source,
               const std::string& default_region, std::vector<PlacedInstance>& placed, Findings& findings) {
  const auto errors_before = findings.error_count();
  const auto offset = item.offset();
  if (!item.is_mapping()) {
    const auto words = describe_missing_colon(item.text(), kItemFieldNames);
    findings.error("not-an-item", source, offset, words.empty() ? "expected an item with fields" : words,
                   "such as: - instanceId: cri-...");
    return;
  }
  ItemReader reader(item, source, findings);
  RegistryInstance instance;
  const auto ids = reader.read_ids();
  instance.region_id = reader.read_region(default_region);
  auto domains = reader.read_host_names();
  instance.custom_access_key = reader.read_access_key();
  instance.custom_access_key_secret_ref = reader.read_secret_ref();
  instance.assume_role_arn = reader.read_arn("assumeRoleARN", "role");
  const auto duration = reader.read_expire_duration();
  instance.expire_duration = duration.value;
  instance.rrsa_role_arn = reader.read_arn("rrsaRoleARN", "role");
  instance.rrsa_oidc_provider_arn = reader.read_arn("rrsaOIDCProviderRoleARN", "oidc-provider");
  reader.check_edition(offset, above);
  reader.check_combinations(instance);
  if (findings.error_count() > errors_before) return;

  const auto rrsa_offset =
      instance.rrsa_role_arn.empty() ? std::nullopt : std::optional(reader.place_of_field("rrsaRoleARN"));
  PlacedInstance found{.instance = std::move(instance),
                       .domain_offsets = {},
                       .offset = offset,
                       .duration_offset = duration.offset,
                       .rrsa_offset = rrsa_offset};
  found.instance.domains.reserve(domains.size());
  found.domain_offsets.reserve(domains.size());
  for (auto& domain : domains) {
    found.instance.domains.push_back(std::move(domain.host));
    found.domain_offsets.push_back(domain.offset);
  }
  for (std::size_t i = 1; i < ids.size(); ++i) {
    placed.push_back(found);
    placed.back().instance.instance_id = ids[i - 1].text;
  }
  found.instance.instance_id = ids.back().text;
  placed.push_back(std::move(found));
}

}  // namespace acr::config
