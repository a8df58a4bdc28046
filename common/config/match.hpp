// SPDX-License-Identifier: Apache-2.0
// Which Namespaces and ServiceAccounts a configuration covers.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/config/settings.hpp"

namespace acr::config {

/// What must be known of a Namespace to decide. A view: the referred values must outlive it.
struct NamespaceView {
  std::string_view name;
  const std::map<std::string, std::string>& labels;
  /// Label or annotation kExcludeLabel = "true".
  bool excluded = false;
  /// Being deleted: nothing can be created in it.
  bool terminating = false;
};

/// Is the Namespace in the scope of background reconciliation? `watch-namespace: all` includes kube-system.
bool covers_namespace(const Settings& settings, const NamespaceView& view);

/// May the webhook bind in this Namespace? As covers_namespace, but never the system namespaces and the helper's own,
/// so that the cluster can always start without us (ADM-12).
bool webhook_covers_namespace(const Settings& settings, const NamespaceView& view, std::string_view own_namespace);

/// Only the fields that decide what is covered; the others as by default.
Settings scope_of(const Settings& settings);

/// kube-system, kube-public and kube-node-lease.
bool is_system_namespace(std::string_view name);

/// Is a ServiceAccount of this name in scope, in a covered Namespace? The caller checks the account's own opt-out.
bool covers_service_account_name(const Settings& settings, std::string_view name);

}  // namespace acr::config
