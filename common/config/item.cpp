// SPDX-License-Identifier: Apache-2.0
// One item of acr-registry-info.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/base/credential_form.hpp"
#include "common/base/text.hpp"
#include "common/config/commented_out.hpp"
#include "common/config/domains.hpp"
#include "common/config/host_advice.hpp"
#include "common/config/instance_id.hpp"
#include "common/config/instances.hpp"
#include "common/config/key_reference.hpp"
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
    } else if (const auto id = find_commented_id(item_, source_)) {
      findings_.error("missing-id", source_, *id,
                      "this instanceId is a comment, and the item has no other: is it Personal Edition?",
                      "write instanceId: \"\" for Personal Edition, or delete the sign of the comment");
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

  /// Fields below a comment that would begin an item may be those of that one.
  void check_comments() {
    const auto head = find_commented_head(item_, source_);
    if (!head) return;
    findings_.error("commented-item", source_, *head,
                    "the start of an item is a comment here: do the fields below belong to it, or to the item above?",
                    "make all lines of that item comments, or move the comment behind the last field");
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
      findings_.warning("case-normalised", source_, scalar->offset,
                        fmt::format("read as {}", quote_from(source_, scalar->offset, region, kQuotedBytes)));
    }
    if (const auto similar = find_similar_regions(region); is_plain && !similar.empty()) {
      findings_.warning(
          "unknown-region", source_, scalar->offset,
          fmt::format("\"{}\" is not a known region", quote_from(source_, scalar->offset, region, kQuotedBytes)),
          fmt::format("did you mean {}?", fmt::join(similar, " or ")));
    }
    return region;
  }

  /// `has_hosts`: the item has domains of its own.
  std::vector<ScalarText> read_ids(bool has_hosts) { return read_instance_ids(fields_, has_hosts, source_, findings_); }

  std::vector<Domain> read_host_names() { return read_domains(fields_, source_, findings_); }

  /// Hosts that the login of the item will hardly open.
  void advise_on_hosts(const std::vector<Domain>& domains, const std::string& region_id, bool is_enterprise) {
    for (const auto& [host, offset] : domains) {
      const auto advice = judge_host(host, region_id, is_enterprise);
      if (advice) findings_.warning(advice->code, source_, offset, advice->message, advice->hint);
    }
  }

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
      findings_.error("invalid-arn", source_, scalar->offset,
                      fmt::format("{} is not the ARN of {}", field, kind == "role" ? "a role" : "an OIDC provider"),
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
      // A Secret of another namespace, or another key of it, would be another identity.
      if (const auto other = find_other_field(name.value, kNames)) {
        findings_.error("unknown-field", source_, *other, "customAccessKeySecretRef has no such field",
                        "write {name: my-secret}: the Secret is one of the helper's own namespace");
        return {};
      }
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

  /// Has a role a session? The default written without one needs no word.
  bool check_session(const RegistryInstance& instance) {
    if (!instance.assume_role_arn.empty() || !instance.rrsa_role_arn.empty()) return true;
    const auto field = fields_.find("expireDuration");
    if (field != fields_.end() && instance.expire_duration != RegistryInstance{}.expire_duration) {
      findings_.warning("no-effect", source_, field->second.key_offset,
                        "expireDuration has no effect without a role: it is how long the session of one lasts",
                        "add assumeRoleARN or rrsaRoleARN, or delete it");
    }
    return false;
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
  /// Where the first field stands that is not one of `names`.
  static std::optional<std::size_t> find_other_field(YamlValue mapping, std::span<const FieldName> names) {
    std::optional<std::size_t> other;
    mapping.visit_fields([&](YamlValue key, YamlValue) {
      if (!other && find_field(names, key.text()).empty()) other = key.offset();
    });
    return other;
  }

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
    if (scalar && report_placeholder(*scalar, name, source_, findings_)) return std::nullopt;
    const bool is_checked = name.starts_with("customAccessKey");
    if (scalar && !is_checked &&
        report_pasted_key(scalar->text, "a value of this field", source_, scalar->offset, findings_))
      return std::nullopt;
    return scalar;
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
  reader.check_comments();
  RegistryInstance instance;
  auto domains = reader.read_host_names();
  const auto ids = reader.read_ids(!domains.empty());
  instance.region_id = reader.read_region(default_region);
  if (findings.error_count() == errors_before)
    reader.advise_on_hosts(domains, instance.region_id, !ids.front().text.empty());
  instance.custom_access_key = reader.read_access_key();
  instance.custom_access_key_secret_ref = reader.read_secret_ref();
  instance.assume_role_arn = reader.read_arn("assumeRoleARN", "role");
  const auto duration = reader.read_expire_duration();
  instance.expire_duration = duration.value;
  instance.rrsa_role_arn = reader.read_arn("rrsaRoleARN", "role");
  instance.rrsa_oidc_provider_arn = reader.read_arn("rrsaOIDCProviderRoleARN", "oidc-provider");
  reader.check_edition(offset, above);
  reader.check_combinations(instance);
  const bool has_session = reader.check_session(instance);
  if (findings.error_count() > errors_before) return;

  const auto rrsa_offset =
      instance.rrsa_role_arn.empty() ? std::nullopt : std::optional(reader.place_of_field("rrsaRoleARN"));
  PlacedInstance found{.instance = std::move(instance),
                       .domain_offsets = {},
                       .offset = offset,
                       .duration_offset = has_session ? duration.offset : std::nullopt,
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
