// SPDX-License-Identifier: Apache-2.0
#include "controller/registration/policy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/json.hpp"
#include "controller/registration/registration.hpp"

namespace acr::controller {
namespace {

constexpr std::string_view kOwnerAnnotation = "acr-credential-helper/namespace";
constexpr std::string_view kPolicies = "mutatingadmissionpolicies";
constexpr std::string_view kBindings = "mutatingadmissionpolicybindings";

std::string_view version_of(PolicyApi api) {
  return api == PolicyApi::V1 ? "v1" : "v1beta1";
}

/// CEL: is the Namespace opted out by annotation? As a label that is in the selector. In the conditions of a policy
/// kube-apiserver 1.36 has no namespaceObject.
constexpr std::string_view kNamespaceOptedOut =
    R"(has(namespaceObject.metadata) && has(namespaceObject.metadata.annotations) && )"
    R"("acr-credential-helper/exclude" in namespaceObject.metadata.annotations && )"
    R"(namespaceObject.metadata.annotations["acr-credential-helper/exclude"] == "true")";

/// CEL. The value is an untyped map on purpose: the typed form makes kube-apiserver 1.36 panic, and the ServiceAccount
/// is refused whatever the failurePolicy. An empty list counts as none, as in ADM-8.
std::string build_mutation(const PolicyInputs& inputs) {
  auto patch = fmt::format(R"([JSONPatch{{op: "add", path: "/imagePullSecrets", value: [{{"name": "{}"}}]}}])",
                           inputs.secret_name);
  if (inputs.binding_mode == config::BindingMode::Append) {
    patch = fmt::format(R"(has(object.imagePullSecrets) && size(object.imagePullSecrets) > 0 ? )"
                        R"([JSONPatch{{op: "add", path: "/imagePullSecrets/-", value: {{"name": "{}"}}}}] : {})",
                        inputs.secret_name, patch);
  }
  return fmt::format("{} ? [] : {}", kNamespaceOptedOut, patch);
}

std::string build_policy_spec(const PolicyInputs& inputs) {
  return fmt::format(
      R"({{"failurePolicy":"{}","reinvocationPolicy":"IfNeeded","matchConstraints":{{"matchPolicy":"Equivalent",)"
      R"("namespaceSelector":{},"objectSelector":{},"resourceRules":[{{"apiGroups":[""],"apiVersions":["v1"],)"
      R"("operations":["CREATE","UPDATE"],"resources":["serviceaccounts"],"scope":"Namespaced"}}]}},)"
      R"("matchConditions":{},"mutations":[{{"patchType":"JSONPatch","jsonPatch":{{"expression":{}}}}}]}})",
      config::to_string(inputs.failure_policy), inputs.namespace_selector_json, inputs.object_selector_json,
      inputs.match_conditions_json, quote_json(build_mutation(inputs)));
}

std::string build_spec(PolicyKind kind, const PolicyInputs& inputs) {
  return kind == PolicyKind::Policy ? build_policy_spec(inputs)
                                    : fmt::format(R"({{"policyName":{}}})", quote_json(kRegistrationName));
}

std::string build_new(PolicyKind kind, PolicyApi api, const PolicyInputs& inputs) {
  return fmt::format(R"({{"apiVersion":"admissionregistration.k8s.io/{}","kind":"{}","metadata":{{"name":"{}",)"
                     R"("labels":{{"{}":"{}"}},"annotations":{{"{}":{}}}}},"spec":{}}})",
                     version_of(api), to_string(kind), kRegistrationName, kube::kManagedByLabel, kube::kManagedByValue,
                     kOwnerAnnotation, quote_json(inputs.own_namespace), build_spec(kind, inputs));
}

/// A merge patch (RFC 7386) that makes `wanted` of `current`: what only stands there is taken away.
void write_difference(JsonWriter& writer, const JsonValue* current, const JsonValue& wanted) {
  if (!wanted.IsObject()) {
    wanted.Accept(writer);
    return;
  }
  writer.StartObject();
  for (const auto& member : wanted.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    write_key(writer, name);
    write_difference(writer, current == nullptr ? nullptr : find_member(*current, name), member.value);
  }
  if (current != nullptr && current->IsObject()) {
    for (const auto& member : current->GetObject()) {
      const std::string_view name(member.name.GetString(), member.name.GetStringLength());
      if (find_member(wanted, name) != nullptr) continue;
      write_key(writer, name);
      writer.Null();
    }
  }
  writer.EndObject();
}

bool is_own(const JsonValue& object, std::string_view own_namespace) {
  return string_at(object, "metadata", "labels", kube::kManagedByLabel) == kube::kManagedByValue &&
         string_at(object, "metadata", "annotations", kOwnerAnnotation) == own_namespace;
}

}  // namespace

kube::Resource resource_of(PolicyKind kind, PolicyApi api) {
  static constexpr std::string_view kV1 = "/apis/admissionregistration.k8s.io/v1";
  static constexpr std::string_view kV1Beta1 = "/apis/admissionregistration.k8s.io/v1beta1";
  return {.api_prefix = api == PolicyApi::V1 ? kV1 : kV1Beta1,
          .plural = kind == PolicyKind::Policy ? kPolicies : kBindings,
          .namespaced = false};
}

std::string_view to_string(PolicyKind kind) {
  return kind == PolicyKind::Policy ? "MutatingAdmissionPolicy" : "MutatingAdmissionPolicyBinding";
}

bool serves_policies(std::string_view resource_list) {
  const auto document = parse_json(resource_list);
  const auto* resources = document ? find_member(*document, "resources") : nullptr;
  if (resources == nullptr || !resources->IsArray()) return false;
  const auto list = resources->GetArray();
  const auto names = [&list](std::string_view name) {
    return std::any_of(list.begin(), list.end(),
                       [name](const JsonValue& resource) { return string_at(resource, "name") == name; });
  };
  return names(kPolicies) && names(kBindings);
}

PolicyAction plan_policy(PolicyKind kind, PolicyApi api, std::string_view current, const PolicyInputs& inputs) {
  if (current.empty()) {
    return {.step = PolicyStep::Create,
            .body = build_new(kind, api, inputs),
            .reason = fmt::format("{} {} does not exist", to_string(kind), kRegistrationName)};
  }
  const auto object = parse_json(current);
  if (!object || !object->IsObject()) return {.step = PolicyStep::Refuse, .reason = "it cannot be read"};
  if (!is_own(*object, inputs.own_namespace)) {
    return {.step = PolicyStep::Refuse,
            .reason = fmt::format("{} {} is not this installation's", to_string(kind), kRegistrationName)};
  }
  const auto wanted = build_spec(kind, inputs);
  const auto* spec = find_member(*object, "spec");
  if (spec != nullptr && canonical_json(to_json(*spec)).value_or("") == canonical_json(wanted).value_or("?")) return {};
  const auto document = parse_json(wanted);
  if (!document) return {.step = PolicyStep::Refuse, .reason = document.error().message};
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  write_difference(writer, spec, *document);
  return {.step = PolicyStep::Update,
          .body = fmt::format(R"({{"metadata":{{"resourceVersion":{}}},"spec":{}}})",
                              quote_json(string_at(*object, "metadata", "resourceVersion")), text_of(buffer)),
          .reason = fmt::format("{} {} differs from the configuration", to_string(kind), kRegistrationName)};
}

bool is_own_policy(std::string_view current, std::string_view own_namespace) {
  const auto object = parse_json(current);
  return object && is_own(*object, own_namespace);
}

http::Request build_apply_policy_request(PolicyKind kind, PolicyApi api, std::string body) {
  auto request = kube::build_merge_patch_request(resource_of(kind, api), {"", kRegistrationName}, std::move(body));
  request.target += "&force=true";
  request.headers.set("Content-Type", "application/apply-patch+yaml");
  return request;
}

}  // namespace acr::controller
