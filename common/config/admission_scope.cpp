// SPDX-License-Identifier: Apache-2.0
#include "common/config/admission_scope.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/json.hpp"
#include "common/base/text.hpp"
#include "common/config/match.hpp"

namespace acr::config {
namespace {

using Operator = LabelRequirement::Operator;

// Set by the API server on every Namespace and immutable, so it cannot be used to slip in or out (ADM-12).
constexpr std::string_view kNamespaceNameLabel = "kubernetes.io/metadata.name";

struct Condition {
  std::string name, expression;
};

/// The excluded entries that are globs, or those that are names.
std::vector<std::string> excluded_entries(const Settings& settings, bool globs) {
  std::vector<std::string> entries;
  for (const auto& entry : settings.exclude_namespaces) {
    if (is_glob(entry) == globs) entries.push_back(entry);
  }
  return entries;
}

/// Every watched namespace stands there by its name.
bool names_each_namespace(const Settings& settings) {
  return !settings.watch_namespaces.all && !settings.watch_namespaces.has_glob();
}

bool is_excluded(const Settings& settings, std::string_view name) {
  return std::any_of(settings.exclude_namespaces.begin(), settings.exclude_namespaces.end(),
                     [name](const std::string& pattern) { return matches_glob(pattern, name); });
}

/// The watched names that remain, where every watched namespace is named.
std::vector<std::string> covered_names(const Settings& settings, std::string_view own_namespace) {
  std::vector<std::string> names;
  for (const auto& name : settings.watch_namespaces.patterns) {
    if (!is_system_namespace(name) && name != own_namespace && !is_excluded(settings, name)) names.push_back(name);
  }
  return names;
}

std::string quote_cel(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

/// A regular expression (RE2) of names and globs for the whole text.
std::string build_pattern(const std::vector<std::string>& globs) {
  std::string pattern = "^(";
  for (const auto& glob : globs) {
    if (pattern.size() > 2) pattern += '|';
    for (const char c : glob) {
      switch (c) {
        case '*':
          pattern += ".*";
          break;
        case '?':
          pattern += '.';
          break;
        case '.':
          pattern += "[.]";
          break;
        default:
          pattern += c;
      }
    }
  }
  return pattern + ")$";
}

/// CEL: is `subject` one of these names or globs?
std::string matches_any(std::string_view subject, const std::vector<std::string>& patterns) {
  if (std::any_of(patterns.begin(), patterns.end(), [](const auto& pattern) { return is_glob(pattern); })) {
    return fmt::format("{}.matches({})", subject, quote_cel(build_pattern(patterns)));
  }
  std::vector<std::string> quoted;
  for (const auto& pattern : patterns) quoted.push_back(quote_cel(pattern));
  return fmt::format("{} in [{}]", subject, fmt::join(quoted, ", "));
}

/// CEL: does the list lack what we would write?
std::string not_bound(BindingMode mode, std::string_view secret_name) {
  const auto name = quote_cel(secret_name);
  if (mode == BindingMode::Overwrite) {
    return fmt::format(
        "!(has(object.imagePullSecrets) && size(object.imagePullSecrets) == 1 && has(object.imagePullSecrets[0].name) "
        "&& "
        "object.imagePullSecrets[0].name == {})",
        name);
  }
  return fmt::format(
      "!(has(object.imagePullSecrets) && object.imagePullSecrets.exists(s, has(s.name) && s.name == {}))", name);
}

std::string write_conditions(const std::vector<Condition>& conditions) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartArray();
  for (const auto& condition : conditions) {
    writer.StartObject();
    write_string(writer, "name", condition.name);
    write_string(writer, "expression", condition.expression);
    writer.EndObject();
  }
  writer.EndArray();
  return text_of(buffer);
}

/// CEL. With generateName the name is not made yet: the webhook decides, since only a pattern with an open end is sure.
std::string covers_account(const NamePatterns& accounts) {
  return fmt::format("!has(object.metadata.name) || object.metadata.name == '' || {}",
                     matches_any("object.metadata.name", accounts.patterns));
}

/// CEL: as covers_account, but decides itself.
std::string decides_account(const NamePatterns& accounts) {
  std::vector<std::string> open_ended;
  for (const auto& pattern : accounts.patterns) {
    if (pattern.ends_with('*')) open_ended.push_back(pattern);
  }
  const std::string generated =
      open_ended.empty()
          ? "false"
          : fmt::format("(has(object.metadata.generateName) && object.metadata.generateName != '' && {})",
                        matches_any("object.metadata.generateName", open_ended));
  return fmt::format("has(object.metadata.name) && object.metadata.name != '' ? {} : {}",
                     matches_any("object.metadata.name", accounts.patterns), generated);
}

/// CEL. As a label the opt-out is in the selectors.
constexpr const char* kNotOptedOutByAnnotation =
    "!(has(object.metadata.annotations) && 'acr-credential-helper/exclude' in object.metadata.annotations && "
    "object.metadata.annotations['acr-credential-helper/exclude'] == 'true')";

constexpr std::string_view kAccountPrefix = "system:serviceaccount:";
constexpr std::string_view kCleanupSuffix = ":acr-cleanup";

enum class Decider { Webhook, Policy };

std::string build_conditions(const Settings& settings, std::string_view own_namespace, std::string_view secret_name,
                             std::string_view controller_username, Decider decider) {
  std::vector<Condition> conditions;
  // An API server asks for a while after the registration was emptied, and would have bound again what was unbound.
  conditions.push_back({"not-the-cleanup",
                        fmt::format("request.userInfo.username != {}",
                                    quote_cel(fmt::format("{}{}{}", kAccountPrefix, own_namespace, kCleanupSuffix)))});
  if (!controller_username.empty()) {
    conditions.push_back(
        {"not-the-controller", fmt::format("request.userInfo.username != {}", quote_cel(controller_username))});
  }
  if (settings.watch_namespaces.has_glob()) {
    conditions.push_back({"watched-namespace", matches_any("request.namespace", settings.watch_namespaces.patterns)});
  }
  const auto excluded_globs = excluded_entries(settings, true);
  if (!excluded_globs.empty() && !names_each_namespace(settings)) {
    conditions.push_back(
        {"namespace-not-excluded", fmt::format("!{}", matches_any("request.namespace", excluded_globs))});
  }
  if (!settings.service_accounts.all) {
    conditions.push_back({"service-account-name", decider == Decider::Webhook
                                                      ? covers_account(settings.service_accounts)
                                                      : decides_account(settings.service_accounts)});
  }
  if (decider == Decider::Policy) {
    conditions.push_back({"account-not-opted-out", kNotOptedOutByAnnotation});
    conditions.push_back({"not-terminating", "!has(object.metadata.deletionTimestamp)"});
  }
  conditions.push_back({"not-bound-yet", not_bound(settings.binding_mode, secret_name)});
  return write_conditions(conditions);
}

LabelRequirement not_opted_out() {
  return {std::string(kExcludeLabel), Operator::NotIn, {"true"}};
}

/// `names`: the watched names that remain, where every watched namespace stands there by name.
LabelSelector build_namespace_selector(const Settings& settings, std::string_view own_namespace,
                                       std::vector<std::string> names) {
  LabelSelector selector;
  std::vector<std::string> never{"kube-system", "kube-public", "kube-node-lease"};
  if (!own_namespace.empty() && !is_system_namespace(own_namespace)) never.emplace_back(own_namespace);
  if (names_each_namespace(settings)) {
    selector.requirements.push_back({std::string(kNamespaceNameLabel), Operator::In, std::move(names)});
  } else {
    for (auto& name : excluded_entries(settings, false)) {
      if (std::find(never.begin(), never.end(), name) == never.end()) never.push_back(std::move(name));
    }
  }
  selector.requirements.push_back({std::string(kNamespaceNameLabel), Operator::NotIn, std::move(never)});
  selector.requirements.push_back(not_opted_out());
  if (settings.namespace_selector) {
    const auto& more = settings.namespace_selector->requirements;
    selector.requirements.insert(selector.requirements.end(), more.begin(), more.end());
  }
  return selector;
}

/// Can no ServiceAccount at all be covered? `names`: the watched names that remain.
bool covers_none(const Settings& settings, const std::vector<std::string>& names) {
  const auto& excluded = settings.exclude_namespaces;
  const bool has_no_account = !settings.service_accounts.all && settings.service_accounts.patterns.empty();
  return has_no_account || (names_each_namespace(settings) && names.empty()) ||
         std::find(excluded.begin(), excluded.end(), "*") != excluded.end();
}

WebhookSelectors build_selectors(const Settings& settings, std::string_view own_namespace, std::string_view secret_name,
                                 std::string_view controller_username, Decider decider) {
  auto names = covered_names(settings, own_namespace);
  if (covers_none(settings, names)) {
    return {
        .covers_nothing = true, .namespace_selector_json = {}, .object_selector_json = {}, .match_conditions_json = {}};
  }
  const LabelSelector objects{{not_opted_out()}};
  return {
      .covers_nothing = false,
      .namespace_selector_json = build_namespace_selector(settings, own_namespace, std::move(names)).to_json(),
      .object_selector_json = objects.to_json(),
      .match_conditions_json = build_conditions(settings, own_namespace, secret_name, controller_username, decider)};
}

}  // namespace

bool is_cleanup_user(std::string_view username, std::string_view own_namespace) {
  return username.size() == kAccountPrefix.size() + own_namespace.size() + kCleanupSuffix.size() &&
         username.starts_with(kAccountPrefix) && username.ends_with(kCleanupSuffix) &&
         username.substr(kAccountPrefix.size(), own_namespace.size()) == own_namespace;
}

WebhookSelectors build_webhook_selectors(const Settings& settings, std::string_view own_namespace,
                                         std::string_view secret_name, std::string_view controller_username) {
  return build_selectors(settings, own_namespace, secret_name, controller_username, Decider::Webhook);
}

WebhookSelectors build_policy_selectors(const Settings& settings, std::string_view own_namespace,
                                        std::string_view secret_name, std::string_view controller_username) {
  return build_selectors(settings, own_namespace, secret_name, controller_username, Decider::Policy);
}

}  // namespace acr::config
