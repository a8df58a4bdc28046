// SPDX-License-Identifier: Apache-2.0
// The MutatingAdmissionPolicy and its binding that do the webhook's work inside the API server (`mode: policy`). Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/config/settings.hpp"
#include "common/kube/requests.hpp"

namespace acr::controller {

enum class PolicyKind { Policy, Binding };

/// As `apiVersion` of the objects: "admissionregistration.k8s.io/v1" or ".../v1beta1".
enum class PolicyApi { None, V1Beta1, V1 };

kube::Resource resource_of(PolicyKind kind, PolicyApi api);
std::string_view to_string(PolicyKind kind);

/// Does the answer to GET /apis/admissionregistration.k8s.io/VERSION name both kinds?
bool serves_policies(std::string_view resource_list);

struct PolicyInputs {
  std::string own_namespace;
  std::string secret_name;
  config::BindingMode binding_mode = config::BindingMode::Append;
  config::FailurePolicy failure_policy = config::FailurePolicy::Ignore;
  std::string namespace_selector_json = "{}";  ///< of config::build_policy_selectors
  std::string object_selector_json = "{}";
  std::string match_conditions_json = "[]";
};

enum class PolicyStep {
  None,    ///< as wanted, but for what the API server fills in
  Create,  ///< server-side apply of the body: the one way to create that RBAC can limit to a name
  Update,  ///< merge patch the body, which names the resourceVersion it was planned for
  Refuse,  ///< the object belongs to an installation in another namespace, or is nobody's of ours
};

struct PolicyAction {
  PolicyStep step = PolicyStep::None;
  std::string body = {};    ///< JSON
  std::string reason = {};  ///< for the log
};

/// `current`: the object as it stands; empty: there is none. Labels and annotations of others stay.
PolicyAction plan_policy(PolicyKind kind, PolicyApi api, std::string_view current, const PolicyInputs& inputs);

/// Is it ours to change and delete?
bool is_own_policy(std::string_view current, std::string_view own_namespace);

/// Sends `body` as server-side apply.
http::Request build_apply_policy_request(PolicyKind kind, PolicyApi api, std::string body);

}  // namespace acr::controller
