// SPDX-License-Identifier: Apache-2.0
// The few Kubernetes objects that we touch, as projections: only the fields that decide something, never whole objects.
#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.hpp"

namespace acr::kube {

/// All our annotations and labels begin so; others are not kept.
inline constexpr std::string_view kOwnPrefix = "acr-credential-helper/";
/// Label or annotation with the value "true": leave this object alone.
inline constexpr std::string_view kExcludeKey = "acr-credential-helper/exclude";
inline constexpr std::string_view kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr std::string_view kManagedByValue = "acr-credential-helper";
inline constexpr std::string_view kDockerConfigType = "kubernetes.io/dockerconfigjson";
inline constexpr std::string_view kDockerConfigKey = ".dockerconfigjson";

using TextMap = std::map<std::string, std::string>;

/// Namespace and name; the namespace is empty for objects of the whole cluster.
struct ObjectKey {
  std::string namespace_ = {};
  std::string name = {};

  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

/// "namespace/name", or "name" alone for objects of the whole cluster.
std::string to_string(const ObjectKey& key);

struct NamespaceInfo {
  std::string name = {};
  std::string uid = {};
  std::string resource_version = {};
  TextMap labels = {};
  TextMap annotations = {};  ///< ours only
  bool terminating = false;

  friend bool operator==(const NamespaceInfo&, const NamespaceInfo&) = default;
};

struct ServiceAccountInfo {
  ObjectKey key = {};
  std::string uid = {};
  std::string resource_version = {};
  std::vector<std::string> image_pull_secrets = {};  ///< in order, duplicates kept
  bool excluded = false;                             ///< kExcludeKey as label or annotation

  friend bool operator==(const ServiceAccountInfo&, const ServiceAccountInfo&) = default;
};

/// A Secret without its content.
struct SecretInfo {
  ObjectKey key = {};
  std::string uid = {};
  std::string resource_version = {};
  std::string type = {};
  bool managed = false;  ///< carries our managed-by label
  bool immutable = false;
  bool terminating = false;
  TextMap annotations = {};                      ///< ours only
  std::string digest = {};                       ///< SHA-256 (hex) of the decoded .dockerconfigjson; empty if absent
  std::vector<std::string> registry_hosts = {};  ///< the keys of its `auths`, sorted

  friend bool operator==(const SecretInfo&, const SecretInfo&) = default;
};

/// A Secret of our own namespace with its content, decoded: the CA, the state, an access key.
struct SecretData {
  SecretInfo meta = {};
  std::map<std::string, Secret> data = {};

  friend bool operator==(const SecretData&, const SecretData&) = default;
};

struct ConfigMapInfo {
  ObjectKey key = {};
  std::string uid = {};
  std::string resource_version = {};
  TextMap data = {};
  std::set<std::string> binary_keys = {};  ///< of binaryData; the values are not kept

  friend bool operator==(const ConfigMapInfo&, const ConfigMapInfo&) = default;
};

/// A Mutating- or ValidatingWebhookConfiguration.
struct WebhookConfigurationInfo {
  std::string name = {};
  std::string uid = {};
  std::string resource_version = {};
  TextMap annotations = {};   ///< all of them: tools such as cert-manager speak through annotations
  std::string webhooks = {};  ///< the JSON array `webhooks`, members sorted, no white space; "[]" if absent

  friend bool operator==(const WebhookConfigurationInfo&, const WebhookConfigurationInfo&) = default;
};

inline ObjectKey key_of(const NamespaceInfo& object) {
  return {"", object.name};
}
inline ObjectKey key_of(const WebhookConfigurationInfo& object) {
  return {"", object.name};
}
inline ObjectKey key_of(const SecretData& object) {
  return object.meta.key;
}
inline ObjectKey key_of(const auto& object) {
  return object.key;
}

inline const std::string& resource_version_of(const SecretData& object) {
  return object.meta.resource_version;
}
inline const std::string& resource_version_of(const auto& object) {
  return object.resource_version;
}

}  // namespace acr::kube
