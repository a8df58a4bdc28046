// SPDX-License-Identifier: Apache-2.0
// The MutatingAdmissionPolicy and its binding: what is written, and when.
#include "controller/registration/policy.hpp"

#include <catch2/catch.hpp>

#include "common/base/json.hpp"
#include "common/config/admission_scope.hpp"

namespace acr::controller {
namespace {

using Catch::Matchers::Contains;

PolicyInputs inputs() {
  return {.own_namespace = "kube-system", .secret_name = "pull"};
}

/// The object as the API server would give it back.
std::string stored(PolicyKind kind, const PolicyInputs& wanted = inputs()) {
  auto body = plan_policy(kind, PolicyApi::V1, "", wanted).body;
  const auto at = body.find(R"("metadata":{)") + std::string_view(R"("metadata":{)").size();
  return body.insert(at, R"("resourceVersion":"41","uid":"u",)");
}

std::string mutation(const PolicyInputs& wanted) {
  const auto body = parse_json(plan_policy(PolicyKind::Policy, PolicyApi::V1, "", wanted).body).value();
  return std::string(string_at((*find_path(body, "spec", "mutations"))[0], "jsonPatch", "expression"));
}

TEST_CASE("a policy that is absent is made, with our label and our namespace", "[policy]") {
  const auto action = plan_policy(PolicyKind::Policy, PolicyApi::V1Beta1, "", inputs());
  REQUIRE(action.step == PolicyStep::Create);
  const auto body = parse_json(action.body).value();
  CHECK(string_at(body, "apiVersion") == "admissionregistration.k8s.io/v1beta1");
  CHECK(string_at(body, "kind") == "MutatingAdmissionPolicy");
  CHECK(string_at(body, "metadata", "name") == "acr-credential-helper");
  CHECK(string_at(body, "metadata", "labels", "app.kubernetes.io/managed-by") == "acr-credential-helper");
  CHECK(string_at(body, "metadata", "annotations", "acr-credential-helper/namespace") == "kube-system");
  CHECK(string_at(body, "spec", "failurePolicy") == "Ignore");
  CHECK(string_at(body, "spec", "reinvocationPolicy") == "IfNeeded");
  CHECK(
      to_json(*find_path(body, "spec", "matchConstraints", "resourceRules")) ==
      R"([{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE","UPDATE"],"resources":["serviceaccounts"],"scope":"Namespaced"}])");
  const auto binding = parse_json(plan_policy(PolicyKind::Binding, PolicyApi::V1, "", inputs()).body).value();
  CHECK(string_at(binding, "kind") == "MutatingAdmissionPolicyBinding");
  CHECK(to_json(*find_member(binding, "spec")) == R"({"policyName":"acr-credential-helper"})");
}

TEST_CASE("ADM-8: the patch adds, as an untyped map, unless the Namespace is opted out by annotation", "[policy]") {
  const std::string opted_out =
      R"(has(namespaceObject.metadata) && has(namespaceObject.metadata.annotations) && )"
      R"("acr-credential-helper/exclude" in namespaceObject.metadata.annotations && )"
      R"(namespaceObject.metadata.annotations["acr-credential-helper/exclude"] == "true" ? [] : )";
  CHECK(mutation(inputs()) == opted_out +
                                  R"(has(object.imagePullSecrets) && size(object.imagePullSecrets) > 0 ? )"
                                  R"([JSONPatch{op: "add", path: "/imagePullSecrets/-", value: {"name": "pull"}}] : )"
                                  R"([JSONPatch{op: "add", path: "/imagePullSecrets", value: [{"name": "pull"}]}])");
  auto overwrite = inputs();
  overwrite.binding_mode = config::BindingMode::Overwrite;
  CHECK(mutation(overwrite) ==
        opted_out + R"([JSONPatch{op: "add", path: "/imagePullSecrets", value: [{"name": "pull"}]}])");
}

TEST_CASE("what is as wanted is left alone; what differs is put back, under its version", "[policy]") {
  for (const auto kind : {PolicyKind::Policy, PolicyKind::Binding}) {
    CHECK(plan_policy(kind, PolicyApi::V1, stored(kind), inputs()).step == PolicyStep::None);
  }
  auto other = inputs();
  other.failure_policy = config::FailurePolicy::Fail;
  auto current = stored(PolicyKind::Policy);
  const auto constraints = std::string(R"("matchConstraints":{)");
  current.insert(current.find(constraints) + constraints.size(), R"("excludeResourceRules":[{"resources":["*"]}],)");
  const auto spec = std::string(R"("spec":{)");
  current.insert(current.find(spec) + spec.size(), R"("variables":[{"name":"x","expression":"1"}],)");
  const auto action = plan_policy(PolicyKind::Policy, PolicyApi::V1, current, other);
  REQUIRE(action.step == PolicyStep::Update);
  const auto body = parse_json(action.body).value();
  CHECK(string_at(body, "metadata", "resourceVersion") == "41");
  CHECK(find_path(body, "metadata", "labels") == nullptr);
  for (const auto* gone :
       {find_path(body, "spec", "variables"), find_path(body, "spec", "matchConstraints", "excludeResourceRules")}) {
    REQUIRE(gone != nullptr);
    CHECK(gone->IsNull());
  }
  CHECK(string_at(body, "spec", "failurePolicy") == "Fail");
}

TEST_CASE("a policy of another installation, or of nobody's, is refused", "[policy]") {
  auto others = inputs();
  others.own_namespace = "team-registry";
  for (const auto& current : {stored(PolicyKind::Policy, others), std::string(R"({"metadata":{"name":"x"}})")}) {
    const auto action = plan_policy(PolicyKind::Policy, PolicyApi::V1, current, inputs());
    CHECK(action.step == PolicyStep::Refuse);
    CHECK(action.body.empty());
    CHECK_FALSE(is_own_policy(current, "kube-system"));
  }
  CHECK(is_own_policy(stored(PolicyKind::Binding), "kube-system"));
}

TEST_CASE("both kinds must be served", "[policy]") {
  CHECK(serves_policies(
      R"({"resources":[{"name":"mutatingadmissionpolicies"},{"name":"mutatingadmissionpolicybindings"}]})"));
  CHECK_FALSE(serves_policies(R"({"resources":[{"name":"mutatingadmissionpolicies"}]})"));
  CHECK_FALSE(serves_policies(R"({"resources":[{"name":"validatingadmissionpolicies"}]})"));
  CHECK_FALSE(serves_policies("404 page not found"));
}

TEST_CASE("server-side apply creates under our name", "[policy]") {
  const auto request = build_apply_policy_request(PolicyKind::Policy, PolicyApi::V1, "{}");
  CHECK(request.method == "PATCH");
  CHECK_THAT(request.target,
             Contains("/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/acr-credential-helper?") &&
                 Contains("fieldManager=acr-credential-helper") && Contains("force=true"));
  CHECK(request.headers.get("Content-Type") == "application/apply-patch+yaml");
}

}  // namespace
}  // namespace acr::controller
