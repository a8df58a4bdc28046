// SPDX-License-Identifier: Apache-2.0
// The JSON bodies of our writes. Pure. Bodies of Secrets hold secrets: they go to a request and nowhere else.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.hpp"
#include "common/kube/object.hpp"

namespace acr::kube {

/// A Secret or ConfigMap as it shall be. `resource_version` empty = create; else the update fails with Conflict if
/// another version stands there.
struct SecretWrite {
  ObjectKey key;
  std::string resource_version = {};
  std::string type = "Opaque";
  TextMap labels = {};
  TextMap annotations = {};
  std::map<std::string, Secret> data = {};  ///< not yet base64
};
std::string build_secret_body(const SecretWrite& secret);

struct ConfigMapWrite {
  ObjectKey key;
  std::string resource_version = {};
  TextMap labels = {};
  TextMap annotations = {};
  TextMap data = {};
};
std::string build_config_map_body(const ConfigMapWrite& config_map);

/// The whole new list under the version that was read (WR-1): a merge patch whose race is a 409.
std::string build_image_pull_secrets_patch(std::string_view resource_version, const std::vector<std::string>& names);

/// A merge patch of annotations under a version; an empty version is no condition.
std::string build_annotations_patch(std::string_view resource_version, const TextMap& annotations);

/// `webhooks` (a JSON array as text) of a Mutating- or ValidatingWebhookConfiguration as a merge patch under a version.
std::string build_webhooks_patch(std::string_view resource_version, std::string_view webhooks_json);

/// A new one: `kind` is MutatingWebhookConfiguration or ValidatingWebhookConfiguration.
std::string build_webhook_configuration_body(std::string_view kind, std::string_view name,
                                             std::string_view webhooks_json);

/// An empty SelfSubjectReview: "who am I?"
std::string build_self_subject_review_body();

}  // namespace acr::kube
