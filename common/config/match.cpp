// SPDX-License-Identifier: Apache-2.0
#include "common/config/match.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace acr::config {

Settings scope_of(const Settings& settings) {
  Settings scope;
  scope.service_accounts = settings.service_accounts;
  scope.watch_namespaces = settings.watch_namespaces;
  scope.exclude_namespaces = settings.exclude_namespaces;
  scope.namespace_selector = settings.namespace_selector;
  return scope;
}

bool is_system_namespace(std::string_view name) {
  return name == "kube-system" || name == "kube-public" || name == "kube-node-lease";
}

bool covers_namespace(const Settings& settings, const NamespaceView& view) {
  if (view.excluded || view.terminating || !settings.watch_namespaces.matches(view.name)) return false;
  const auto& excluded = settings.exclude_namespaces;
  if (std::any_of(excluded.begin(), excluded.end(),
                  [&view](const std::string& pattern) { return matches_glob(pattern, view.name); })) {
    return false;
  }
  return !settings.namespace_selector || settings.namespace_selector->matches(view.labels);
}

bool webhook_covers_namespace(const Settings& settings, const NamespaceView& view, std::string_view own_namespace) {
  return !is_system_namespace(view.name) && view.name != own_namespace && covers_namespace(settings, view);
}

bool covers_service_account_name(const Settings& settings, std::string_view name) {
  return settings.service_accounts.matches(name);
}

}  // namespace acr::config
