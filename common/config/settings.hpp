// SPDX-License-Identifier: Apache-2.0
// What acr-configuration means, after parsing: plain values, compared by value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.hpp"
#include "common/config/label_selector.hpp"

namespace acr::config {

/// The label or annotation that takes a Namespace or ServiceAccount out, with the value "true".
inline constexpr std::string_view kExcludeLabel = "acr-credential-helper/exclude";

struct AccessKey {
  std::string id;
  Secret secret;

  friend bool operator==(const AccessKey&, const AccessKey&) = default;
};

/// One item of acr-registry-info: a registry whose logins are obtained.
struct RegistryInstance {
  /// "cri-..."; empty = Personal Edition.
  std::string instance_id;
  /// Never empty if ParseContext::default_region was not.
  std::string region_id;
  /// Host names, lower case, without scheme or path; may hold `*` and a port. Empty = all endpoints of the instance.
  std::vector<std::string> domains;
  std::optional<AccessKey> custom_access_key;
  /// Name of a Secret in the helper's own namespace with access-key-id and access-key-secret; empty = none.
  std::string custom_access_key_secret_ref;
  std::string assume_role_arn;
  /// How long an assumed role lasts: 15 min to 12 h.
  std::chrono::seconds expire_duration{3600};
  std::string rrsa_role_arn;
  std::string rrsa_oidc_provider_arn;
  /// True if no item was written and this is the default: Personal Edition of the cluster's region.
  bool implicit = false;

  friend bool operator==(const RegistryInstance&, const RegistryInstance&) = default;
};

enum class FailurePolicy { Ignore, Fail };
/// "Ignore" or "Fail", as the API server spells it.
std::string_view to_string(FailurePolicy policy);

enum class WebhookMode {
  Webhook,  ///< the acr-webhook process answers
  Policy,   ///< a MutatingAdmissionPolicy does it inside the API server
};

struct WebhookSettings {
  bool enable = false;
  FailurePolicy failure_policy = FailurePolicy::Ignore;
  /// 1 to 30, the range of the API server.
  int timeout_seconds = 10;
  WebhookMode mode = WebhookMode::Webhook;

  friend bool operator==(const WebhookSettings&, const WebhookSettings&) = default;
};

enum class BindingMode {
  Append,     ///< our entry besides the others (default)
  Overwrite,  ///< our entry alone: what the vendor documents
};

/// A list of names in which `*` and `?` may stand.
struct NamePatterns {
  /// Everything matches; `patterns` is then empty.
  bool all = false;
  /// Exact names or globs, in the order written, without repeats.
  std::vector<std::string> patterns;

  [[nodiscard]] bool matches(std::string_view name) const;
  /// Does any pattern hold `*` or `?`?
  [[nodiscard]] bool has_glob() const;

  friend bool operator==(const NamePatterns&, const NamePatterns&) = default;
};

/// Does `pattern` hold `*` or `?`?
bool is_glob(std::string_view pattern);

/// The effective configuration. The defaults here are those of an absent ConfigMap, but for `instances`.
struct Settings {
  NamePatterns service_accounts{.all = false, .patterns = {"default"}};
  NamePatterns watch_namespaces{.all = false, .patterns = {"default"}};
  /// Names or globs; they win over watch_namespaces.
  std::vector<std::string> exclude_namespaces;
  std::optional<LabelSelector> namespace_selector;
  BindingMode binding_mode = BindingMode::Append;
  std::chrono::seconds expiring_threshold{900};
  bool rrsa_enabled = false;
  WebhookSettings webhook;
  /// In document order. Empty only if the list could not be read or every item was broken.
  std::vector<RegistryInstance> instances;

  friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace acr::config
