// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/base/duration.hpp"
#include "common/config/renewal_lead.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kMostNames = 10;
constexpr std::size_t kMostInstances = 20;

std::string summarise(const config::NamePatterns& patterns, std::string_view all) {
  if (patterns.all) return std::string(all);
  return patterns.patterns.empty() ? "none" : join_some(patterns.patterns);
}

std::string summarise_namespaces(const config::Settings& settings) {
  auto text = summarise(settings.watch_namespaces, "all");
  if (!settings.exclude_namespaces.empty()) text += ", except " + join_some(settings.exclude_namespaces);
  if (settings.namespace_selector) text += ", only with labels " + settings.namespace_selector->to_text();
  return text;
}

/// nullopt: by the controller's own right.
std::optional<std::string> name_first_identity(const config::RegistryInstance& instance) {
  if (!instance.rrsa_role_arn.empty()) return fmt::format("by RRSA as {}", instance.rrsa_role_arn);
  if (instance.custom_access_key) return "by the access key of the item";
  if (!instance.custom_access_key_secret_ref.empty())
    return fmt::format("by the access key in Secret {}", instance.custom_access_key_secret_ref);
  return std::nullopt;
}

std::string summarise_identity(const config::RegistryInstance& instance, bool rrsa_enabled) {
  std::string text;
  if (!instance.rrsa_role_arn.empty() && !rrsa_enabled) {
    text = fmt::format(", no login: RRSA is off, which {} needs", instance.rrsa_role_arn);
  } else if (const auto first = name_first_identity(instance)) {
    text = ", " + *first;
  }
  if (!instance.assume_role_arn.empty()) text += fmt::format(", assuming {}", instance.assume_role_arn);
  return text;
}

std::string summarise(const config::RegistryInstance& instance, bool rrsa_enabled) {
  const auto count = instance.domains.size();
  const auto domains =
      count == 0 ? std::string("all its domains") : fmt::format("{} domain{}", count, count == 1 ? "" : "s");
  return fmt::format("{}, {}{}", name_of(instance), domains, summarise_identity(instance, rrsa_enabled));
}

std::string summarise(const config::WebhookSettings& webhook) {
  if (!webhook.enable) return "off";
  return fmt::format("on, failure policy {}, timeout {} s", config::to_string(webhook.failure_policy),
                     webhook.timeout_seconds);
}

std::string summarise_renewal(std::chrono::seconds threshold) {
  const auto lead = config::renewal_lead(threshold, config::kUsualLife);
  if (lead >= threshold) return fmt::format("{} before a login ends", format_duration(threshold));
  return fmt::format("{} before a login of {} ends", format_duration(lead), format_duration(config::kUsualLife));
}

}  // namespace

std::string join_some(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostNames) text += fmt::format(" and {} more", names.size() - kMostNames);
  return text;
}

std::string name_of(const config::RegistryInstance& instance) {
  return fmt::format("{} in {}", instance.instance_id.empty() ? "Personal Edition" : instance.instance_id,
                     instance.region_id.empty() ? "the cluster's region" : instance.region_id);
}

std::string describe_identity(const config::RegistryInstance& instance) {
  auto text = name_first_identity(instance).value_or("by the controller's own right");
  if (!instance.assume_role_arn.empty()) text += fmt::format(", assuming {}", instance.assume_role_arn);
  return text;
}

std::string print_summary(const config::Settings& settings) {
  std::string text;
  const auto add = [&text](std::string_view what, std::string_view words) {
    text += fmt::format("  {:<17}{}\n", what, words);
  };
  add("namespaces", summarise_namespaces(settings));
  add("ServiceAccounts", summarise(settings.service_accounts, "every one of these namespaces"));
  add("binding", settings.binding_mode == config::BindingMode::Overwrite ? "our entry alone (overwrite)"
                                                                         : "our entry besides those of others");
  std::size_t shown = 0;
  if (settings.instances.empty()) add("instances", "none");
  for (const auto& instance : settings.instances) {
    if (shown == kMostInstances) {
      add("", fmt::format("and {} more", settings.instances.size() - shown));
      break;
    }
    add(shown++ == 0 ? "instances" : "", summarise(instance, settings.rrsa_enabled));
  }
  add("webhook", summarise(settings.webhook));
  add("renewal", summarise_renewal(settings.expiring_threshold));
  return text;
}

}  // namespace acr::controller
