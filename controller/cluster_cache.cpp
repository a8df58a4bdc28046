// SPDX-License-Identifier: Apache-2.0
#include "controller/cluster_cache.hpp"

#include "controller/registration/registration.hpp"

namespace acr::controller {
namespace {

bool is_true(const kube::TextMap& map) {
  static const std::string key(kube::kExcludeKey);
  const auto found = map.find(key);
  return found != map.end() && found->second == "true";
}

/// Our Secret in all namespaces, and no other: RBAC by resourceNames allows exactly this question (SEC-2).
kube::Selection secrets_named(const std::string& name) {
  return {.resource = kube::kSecrets, .field_selector = "metadata.name=" + name};
}

std::vector<std::string> our_entries(const Options& options) {
  auto names = options.previous_secret_names;
  names.push_back(options.common.secret_name);
  return names;
}

}  // namespace

bool is_excluded(const kube::NamespaceInfo& info) {
  return is_true(info.labels) || is_true(info.annotations);
}

ClusterCache::ClusterCache(kube::ApiClient& api, Metrics& metrics, const Options& options)
    : config_map_key_{options.common.config_map_namespace, options.common.config_map_name},
      own_namespace_(options.common.own_namespace),
      service_accounts(api, metrics, our_entries(options)),
      namespace_reflector_(api, metrics, namespaces,
                           {.resource = kube::kNamespaces, .representation = kube::Representation::MetadataOnly}),
      secret_reflector_(api, metrics, secrets, secrets_named(options.common.secret_name)),
      config_map_reflector_(api, metrics, config_maps, kube::select_by_name(kube::kConfigMaps, config_map_key_)),
      state_reflector_(api, metrics, states, kube::select_by_name(kube::kSecrets, {own_namespace_, kStateSecretName})),
      authority_reflector_(api, metrics, authorities,
                           kube::select_by_name(kube::kSecrets, {own_namespace_, kAuthoritySecretName})),
      mutating_reflector_(api, metrics, mutating,
                          kube::select_by_name(kube::kMutatingWebhookConfigurations, {"", kRegistrationName})),
      validating_reflector_(api, metrics, validating,
                            kube::select_by_name(kube::kValidatingWebhookConfigurations, {"", kRegistrationName})) {}

void ClusterCache::spawn(async::TaskGroup& tasks) {
  tasks.spawn("watch acr-configuration", config_map_reflector_.run());
  tasks.spawn("watch state", state_reflector_.run());
  tasks.spawn("watch namespaces", namespace_reflector_.run());
  tasks.spawn("watch pull secrets", secret_reflector_.run());
  service_accounts.spawn(tasks);
  tasks.spawn("watch webhook ca", authority_reflector_.run());
  tasks.spawn("watch mutating registration", mutating_reflector_.run());
  tasks.spawn("watch validating registration", validating_reflector_.run());
}

std::vector<std::string> ClusterCache::unsynced() const {
  std::vector<std::string> names;
  const auto note = [&names](bool synced, const char* name) {
    if (!synced) names.emplace_back(name);
  };
  note(config_maps.synced(), "configmap acr-configuration");
  note(states.synced(), "state secret");
  note(namespaces.synced(), "namespaces");
  note(secrets.synced(), "pull secrets");
  note(service_accounts.synced(), "serviceaccounts");
  note(authorities.synced(), "webhook ca secret");
  note(mutating.synced(), "mutatingwebhookconfiguration");
  note(validating.synced(), "validatingwebhookconfiguration");
  return names;
}

bool ClusterCache::synced() const {
  return unsynced().empty();
}

bool ClusterCache::is_stuck(async::Deadline now) const {
  return config_map_reflector_.is_stuck(now) || state_reflector_.is_stuck(now) || namespace_reflector_.is_stuck(now) ||
         secret_reflector_.is_stuck(now) || service_accounts.is_stuck(now) || authority_reflector_.is_stuck(now) ||
         mutating_reflector_.is_stuck(now) || validating_reflector_.is_stuck(now);
}

}  // namespace acr::controller
