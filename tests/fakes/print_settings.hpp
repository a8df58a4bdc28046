// SPDX-License-Identifier: Apache-2.0
// Settings -> the ConfigMap data that means them, written in one canonical way: every value quoted, nothing left out
// but defaults that cannot be written.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/duration.hpp"
#include "common/config/settings.hpp"

namespace acr::fakes {

using ConfigData = std::map<std::string, std::string>;
/// Names and values of the fields of one item, unquoted.
using ItemFields = std::vector<std::pair<std::string, std::string>>;

/// As JSON and YAML both read it.
inline std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

inline std::string print_patterns(const config::NamePatterns& patterns) {
  return patterns.all ? "*" : fmt::format("{}", fmt::join(patterns.patterns, ","));
}

inline ItemFields list_fields(const config::RegistryInstance& instance) {
  ItemFields fields{{"instanceId", instance.instance_id}, {"regionId", instance.region_id}};
  const auto add = [&fields](const char* name, std::string value) {
    if (!value.empty()) fields.emplace_back(name, std::move(value));
  };
  add("domains", fmt::format("{}", fmt::join(instance.domains, ",")));
  if (instance.custom_access_key) {
    add("customAccessKey", instance.custom_access_key->id);
    add("customAccessKeySecret", std::string(instance.custom_access_key->secret.reveal()));
  }
  add("customAccessKeySecretRef", instance.custom_access_key_secret_ref);
  add("assumeRoleARN", instance.assume_role_arn);
  add("expireDuration", std::to_string(instance.expire_duration.count()));
  add("rrsaRoleARN", instance.rrsa_role_arn);
  add("rrsaOIDCProviderRoleARN", instance.rrsa_oidc_provider_arn);
  return fields;
}

inline std::string print_instances(const std::vector<config::RegistryInstance>& instances) {
  std::string list;
  for (const auto& instance : instances) {
    std::string_view prefix = "- ";
    for (const auto& [name, value] : list_fields(instance)) {
      list += fmt::format("{}{}: {}\n", prefix, name, quote(value));
      prefix = "  ";
    }
  }
  return list;
}

/// Of settings that some ConfigMap has: parse_settings() gives them back. The implicit instance is written by leaving
/// the list out.
inline ConfigData print_settings(const config::Settings& settings) {
  ConfigData data;
  data["service-account"] = print_patterns(settings.service_accounts);
  data["watch-namespace"] = print_patterns(settings.watch_namespaces);
  data["exclude-namespaces"] = fmt::format("{}", fmt::join(settings.exclude_namespaces, ","));
  data["namespace-selector"] = settings.namespace_selector ? settings.namespace_selector->to_text() : "";
  data["binding-mode"] = settings.binding_mode == config::BindingMode::Overwrite ? "overwrite" : "append";
  data["expiring-threshold"] = format_duration(settings.expiring_threshold);
  data["rrsa"] = fmt::format("enable: {}\n", settings.rrsa_enabled);
  data["webhook-configuration"] =
      fmt::format("enable: {}\nfailure-policy: {}\ntimeout-seconds: {}\nmode: {}\n", settings.webhook.enable,
                  to_string(settings.webhook.failure_policy), settings.webhook.timeout_seconds,
                  settings.webhook.mode == config::WebhookMode::Policy ? "policy" : "webhook");
  const bool is_implicit = settings.instances.size() == 1 && settings.instances[0].implicit;
  if (!is_implicit) data["acr-registry-info"] = print_instances(settings.instances);
  return data;
}

}  // namespace acr::fakes
