// SPDX-License-Identifier: Apache-2.0
// The webhooks lists that API servers get.
#include <catch2/catch.hpp>

#include "common/base/base64.hpp"
#include "common/base/json.hpp"
#include "common/config/admission_scope.hpp"
#include "controller/registration/registration.hpp"

namespace acr::controller {
namespace {

RegistrationInputs inputs() {
  return {
      .endpoint = {.service = {"kube-system", "acr-webhook"}}, .own_namespace = "kube-system", .ca_bundle_pem = "PEM"};
}

const JsonValue& only_one(const Result<JsonDocument>& document) {
  REQUIRE(document);
  REQUIRE(document->IsArray());
  REQUIRE(document->Size() == 1);
  return (*document)[0];
}

TEST_CASE("one mutating webhook for CREATE and UPDATE of serviceaccounts", "[registration]") {
  const auto document = parse_json(build_mutating_webhooks(inputs()));
  const auto& webhook = only_one(document);
  CHECK(string_at(webhook, "name") == "serviceaccounts.acr-credential-helper.io");
  CHECK(string_at(webhook, "failurePolicy") == "Ignore");
  CHECK(integer_at(webhook, "timeoutSeconds") == 10);
  CHECK(string_at(webhook, "sideEffects") == "None");
  CHECK(string_at(webhook, "reinvocationPolicy") == "IfNeeded");
  CHECK(string_at(webhook, "matchPolicy") == "Equivalent");
  CHECK(to_json(*find_member(webhook, "admissionReviewVersions")) == R"(["v1"])");
  CHECK(
      to_json(*find_member(webhook, "rules")) ==
      R"([{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE","UPDATE"],"resources":["serviceaccounts"],"scope":"Namespaced"}])");
  CHECK(to_json(*find_path(webhook, "clientConfig", "service")) ==
        R"({"namespace":"kube-system","name":"acr-webhook","path":"/mutate-v1-serviceaccount","port":443})");
  CHECK(string_at(webhook, "clientConfig", "caBundle") == encode_base64("PEM"));
}

TEST_CASE("failurePolicy and timeout are the configuration's", "[registration]") {
  auto wanted = inputs();
  wanted.settings = {.enable = true, .failure_policy = config::FailurePolicy::Fail, .timeout_seconds = 3};
  const auto document = parse_json(build_mutating_webhooks(wanted));
  CHECK(string_at(only_one(document), "failurePolicy") == "Fail");
  CHECK(integer_at(only_one(document), "timeoutSeconds") == 3);
}

TEST_CASE("the scope is the configuration's", "[registration]") {
  config::Settings settings;
  settings.watch_namespaces = {.all = false, .patterns = {"web"}};
  const auto scope =
      config::build_webhook_selectors(settings, "kube-system", "acr-credential-secret-aggregation", "controller");
  auto wanted = inputs();
  wanted.namespace_selector_json = scope.namespace_selector_json;
  wanted.object_selector_json = scope.object_selector_json;
  wanted.match_conditions_json = scope.match_conditions_json;
  const auto document = parse_json(build_mutating_webhooks(wanted));
  const auto& webhook = only_one(document);
  CHECK(*canonical_json(to_json(*find_member(webhook, "namespaceSelector"))) ==
        *canonical_json(scope.namespace_selector_json));
  CHECK(*canonical_json(to_json(*find_member(webhook, "objectSelector"))) ==
        *canonical_json(scope.object_selector_json));
  CHECK(*canonical_json(to_json(*find_member(webhook, "matchConditions"))) ==
        *canonical_json(scope.match_conditions_json));
}

TEST_CASE("a URL gets the admission path appended", "[registration]") {
  auto wanted = inputs();
  for (const auto* url : {"https://hook.example.com/base", "https://hook.example.com/base/"}) {
    wanted.endpoint.url = url;
    const auto document = parse_json(build_mutating_webhooks(wanted));
    CHECK(string_at(only_one(document), "clientConfig", "url") ==
          "https://hook.example.com/base/mutate-v1-serviceaccount");
    CHECK(find_path(only_one(document), "clientConfig", "service") == nullptr);
  }
}

TEST_CASE("the validating webhook sees the one ConfigMap only, and never blocks", "[registration]") {
  const auto document = parse_json(build_validating_webhooks(inputs()));
  const auto& webhook = only_one(document);
  CHECK(string_at(webhook, "failurePolicy") == "Ignore");
  CHECK(integer_at(webhook, "timeoutSeconds") == 3);
  CHECK(find_member(webhook, "reinvocationPolicy") == nullptr);
  CHECK(string_at(webhook, "clientConfig", "service", "path") == "/validate-acr-configuration");
  CHECK(to_json(*find_member(webhook, "namespaceSelector")) ==
        R"({"matchExpressions":[{"key":"kubernetes.io/metadata.name","operator":"In","values":["kube-system"]}]})");
  CHECK(
      to_json(*find_member(webhook, "matchConditions")) ==
      R"([{"name":"is-acr-configuration","expression":"has(object.metadata.name) && object.metadata.name == 'acr-configuration'"}])");
}

}  // namespace
}  // namespace acr::controller
