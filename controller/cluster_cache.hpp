// SPDX-License-Identifier: Apache-2.0
// Everything the controller watches, each kind in one store, kept warm by leader and standby alike (LE-7, LW-22).
#pragma once

#include <string>
#include <vector>

#include "common/async/task_group.hpp"
#include "common/kube/reflector.hpp"
#include "controller/account_cache.hpp"
#include "controller/options.hpp"

namespace acr::controller {

/// Names of our own objects.
inline constexpr const char* kStateSecretName = "acr-credential-helper-state";
inline constexpr const char* kAuthoritySecretName = "acr-credential-helper-webhook-ca";
inline constexpr const char* kLeaseName = "acr-credential-helper";

/// Opted out by label or annotation acr-credential-helper/exclude: "true".
bool is_excluded(const kube::NamespaceInfo& info);

/// The stores and what fills them. Reads only; Secrets of others are never asked for (SEC-2).
class ClusterCache {
 public:
  /// `api` and `metrics` must outlive it.
  ClusterCache(kube::ApiClient& api, Metrics& metrics, const Options& options);

  /// Starts all reflectors in `tasks`.
  void spawn(async::TaskGroup& tasks);

  /// Has every kind been listed once, so that an absence means something?
  [[nodiscard]] bool synced() const;
  /// The kinds that have not been listed yet, for readiness and logs.
  [[nodiscard]] std::vector<std::string> unsynced() const;
  /// Does a stream go on past its own deadline? Only a restart cures that.
  [[nodiscard]] bool is_stuck(async::Deadline now) const;

  /// The ConfigMap acr-configuration, the state Secret, the CA Secret; nullptr if absent.
  [[nodiscard]] kube::Store<kube::ConfigMapInfo>::Object config_map() const {
    return config_maps.find(config_map_key_);
  }
  [[nodiscard]] kube::Store<kube::SecretData>::Object state() const { return states.find(state_key()); }
  [[nodiscard]] kube::Store<kube::SecretData>::Object authority() const { return authorities.find(authority_key()); }
  [[nodiscard]] const kube::ObjectKey& config_map_key() const { return config_map_key_; }
  [[nodiscard]] kube::ObjectKey state_key() const { return {own_namespace_, kStateSecretName}; }
  [[nodiscard]] kube::ObjectKey authority_key() const { return {own_namespace_, kAuthoritySecretName}; }

  [[nodiscard]] kube::Store<kube::NamespaceInfo>::Object find_namespace(const std::string& name) const {
    return namespaces.find({"", name});
  }

 private:
  kube::ObjectKey config_map_key_;
  std::string own_namespace_;

 public:
  kube::Store<kube::NamespaceInfo> namespaces;
  AccountCache service_accounts;
  kube::Store<kube::SecretInfo> secrets;
  kube::Store<kube::ConfigMapInfo> config_maps;
  kube::Store<kube::SecretData> states;
  kube::Store<kube::SecretData> authorities;
  kube::Store<kube::WebhookConfigurationInfo> mutating;
  kube::Store<kube::WebhookConfigurationInfo> validating;

 private:
  kube::Reflector<kube::NamespaceInfo> namespace_reflector_;
  kube::Reflector<kube::SecretInfo> secret_reflector_;
  kube::Reflector<kube::ConfigMapInfo> config_map_reflector_;
  kube::Reflector<kube::SecretData> state_reflector_;
  kube::Reflector<kube::SecretData> authority_reflector_;
  kube::Reflector<kube::WebhookConfigurationInfo> mutating_reflector_;
  kube::Reflector<kube::WebhookConfigurationInfo> validating_reflector_;
};

}  // namespace acr::controller
