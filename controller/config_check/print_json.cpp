// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "common/base/json.hpp"
#include "common/config/mask.hpp"
#include "controller/config_check/file_text.hpp"
#include "controller/config_check/print.hpp"

namespace acr::controller {
namespace {

using config::mask_line;
using config::mask_value_of;
using config::MaskedLine;

using config::Settings;
using config::SourceText;

void write_names(JsonWriter& writer, const std::vector<std::string>& names) {
  writer.StartArray();
  for (const auto& name : names) write_value(writer, mask_line(name));
  writer.EndArray();
}

void write_patterns(JsonWriter& writer, std::string_view key, const config::NamePatterns& patterns) {
  write_key(writer, key);
  writer.StartObject();
  write_string(writer, "mode", patterns.all ? "all" : "names");
  if (!patterns.all) {
    write_key(writer, "names");
    write_names(writer, patterns.patterns);
  }
  writer.EndObject();
}

void write_webhook(JsonWriter& writer, const config::WebhookSettings& webhook) {
  write_key(writer, "webhook");
  writer.StartObject();
  write_key(writer, "enable");
  writer.Bool(webhook.enable);
  write_string(writer, "failure-policy", config::to_string(webhook.failure_policy));
  write_key(writer, "timeout-seconds");
  writer.Int(webhook.timeout_seconds);
  if (webhook.mode == config::WebhookMode::Policy) write_string(writer, "mode", "policy");
  writer.EndObject();
}

void write_if_set(JsonWriter& writer, std::string_view key, std::string_view value) {
  if (!value.empty()) write_string(writer, key, value);
}

void write_instance(JsonWriter& writer, const config::RegistryInstance& instance) {
  writer.StartObject();
  write_string(writer, "instanceId", mask_line(instance.instance_id));
  write_string(writer, "regionId", mask_line(instance.region_id));
  write_key(writer, "domains");
  write_names(writer, instance.domains);
  if (instance.implicit) {
    write_key(writer, "implicit");
    writer.Bool(true);
  }
  if (instance.custom_access_key) {
    write_string(writer, "customAccessKey", "***");
    write_string(writer, "customAccessKeySecret", "***");
  }
  write_if_set(writer, "customAccessKeySecretRef", instance.custom_access_key_secret_ref);
  write_if_set(writer, "rrsaRoleARN", instance.rrsa_role_arn);
  write_if_set(writer, "rrsaOIDCProviderRoleARN", instance.rrsa_oidc_provider_arn);
  write_if_set(writer, "assumeRoleARN", instance.assume_role_arn);
  if (!instance.assume_role_arn.empty() || !instance.rrsa_role_arn.empty()) {
    write_key(writer, "expireDuration");
    writer.Int64(instance.expire_duration.count());
  }
  writer.EndObject();
}

/// The vendor's settings always, ours where they are used.
void write_settings(JsonWriter& writer, const Settings& settings) {
  writer.StartObject();
  write_patterns(writer, "service_accounts", settings.service_accounts);
  write_patterns(writer, "namespaces", settings.watch_namespaces);
  if (!settings.exclude_namespaces.empty()) {
    write_key(writer, "exclude_namespaces");
    write_names(writer, settings.exclude_namespaces);
  }
  if (settings.namespace_selector) {
    write_string(writer, "namespace_selector", mask_line(settings.namespace_selector->to_text()));
  }
  if (settings.binding_mode == config::BindingMode::Overwrite) write_string(writer, "binding_mode", "overwrite");
  write_key(writer, "expiring_threshold_seconds");
  writer.Int64(settings.expiring_threshold.count());
  write_key(writer, "rrsa_enabled");
  writer.Bool(settings.rrsa_enabled);
  write_webhook(writer, settings.webhook);
  write_key(writer, "instances");
  writer.StartArray();
  for (const auto& instance : settings.instances) write_instance(writer, instance);
  writer.EndArray();
  writer.EndObject();
}

/// A text with its lines as they may be shown.
struct ShownText {
  explicit ShownText(SourceText text) : source(std::move(text)), lines(mask_value_of(source.key(), source.text())) {}

  SourceText source;
  std::vector<MaskedLine> lines;
};

/// What stands at a place of a text, up to the end of the line, without access keys.
std::string text_at(const ShownText& shown, config::Position position) {
  constexpr std::size_t kMost = 200;
  const auto index = static_cast<std::size_t>(position.line) - 1;
  if (index >= shown.lines.size()) return {};
  const auto line = shown.source.line(index);
  std::size_t at = 0;
  for (int i = 1; i < position.column && at < line.size(); ++i) {
    do ++at;
    while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U);
  }
  const auto& masked = shown.lines[index];
  auto text = masked.text.substr(masked.place(at));
  if (text.size() > kMost) {
    auto end = kMost;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
  }
  return text;
}

/// The file and the values as their author sees them; each is masked once.
class ShownTexts {
 public:
  explicit ShownTexts(const ConfigMapFile& file) : file_(file) {}

  std::string at(const Finding& finding) {
    const auto& diagnostic = finding.diagnostic;
    if (finding.is_of_file) return text_at(of(nullptr), finding.in_file);
    const auto key = find_written_key(file_, diagnostic.key);
    return text_at(of(&key), {.line = diagnostic.line, .column = diagnostic.column});
  }

 private:
  const ShownText& of(const std::string* key) {
    const auto name = key == nullptr ? std::string() : *key;
    if (const auto known = texts_.find(name); known != texts_.end()) return known->second;
    if (key == nullptr) return texts_.emplace(name, ShownText(file_.source)).first->second;
    const auto value = file_.content.data.find(name);
    SourceText text(name, value == file_.content.data.end() ? std::string() : with_plain_line_ends(value->second));
    return texts_.emplace(name, ShownText(std::move(text))).first->second;
  }

  const ConfigMapFile& file_;
  std::map<std::string, ShownText> texts_;
};

void write_finding(JsonWriter& writer, const Finding& finding, ShownTexts& texts) {
  const auto& diagnostic = finding.diagnostic;
  writer.StartObject();
  write_string(writer, "severity", config::to_string(diagnostic.severity));
  write_string(writer, "code", diagnostic.code);
  write_if_set(writer, "key", mask_line(diagnostic.key));
  if (!finding.is_of_file) {
    write_key(writer, "line");
    writer.Int(diagnostic.line);
  }
  write_key(writer, "column");
  writer.Int(diagnostic.column);
  write_key(writer, "file_line");
  writer.Int(finding.in_file.line);
  write_key(writer, "file_column");
  writer.Int(finding.in_file.column);
  write_if_set(writer, "at", texts.at(finding));
  write_string(writer, "message", mask_line(diagnostic.message));
  write_if_set(writer, "hint", mask_line(diagnostic.hint));
  writer.EndObject();
}

}  // namespace

std::string print_json(const Judgement& judgement, const ConfigMapFile& file) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_string(writer, "result", judgement.accepted ? "accept" : "reject");
  write_key(writer, "config");
  write_settings(writer, judgement.settings);
  write_key(writer, "diagnostics");
  writer.StartArray();
  ShownTexts texts(file);
  for (const auto& finding : judgement.findings) write_finding(writer, finding, texts);
  writer.EndArray();
  writer.EndObject();
  return text_of(buffer) + "\n";
}

}  // namespace acr::controller
