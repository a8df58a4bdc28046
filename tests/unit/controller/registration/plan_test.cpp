// SPDX-License-Identifier: Apache-2.0
// From the registration that stands there to the wanted one.
#include <catch2/catch.hpp>

#include "certs/authority.hpp"
#include "common/base/base64.hpp"
#include "common/base/json.hpp"
#include "controller/registration/registration.hpp"

namespace acr::controller {
namespace {

using Catch::Matchers::Contains;

RegistrationInputs inputs() {
  return {
      .endpoint = {.service = {"kube-system", "acr-webhook"}}, .own_namespace = "kube-system", .ca_bundle_pem = "PEM"};
}

kube::WebhookConfigurationInfo standing(std::string webhooks) {
  return {.name = kRegistrationName,
          .uid = "u",
          .resource_version = "41",
          .annotations = {},
          .webhooks = std::move(webhooks)};
}

RegistrationAction plan(const std::optional<kube::WebhookConfigurationInfo>& current,
                        const RegistrationInputs& wanted = inputs()) {
  return plan_registration(RegistrationKind::Mutating, current, build_mutating_webhooks(wanted), wanted);
}

TEST_CASE("what is as wanted is left alone, whatever the API server filled in or reordered", "[registration]") {
  CHECK(plan(standing(build_mutating_webhooks(inputs()))).step == RegistrationStep::None);
  CHECK(plan(standing(*canonical_json(build_mutating_webhooks(inputs())))).step == RegistrationStep::None);
}

TEST_CASE("an empty object is filled by a merge patch under its version", "[registration]") {
  const auto action = plan(standing("[]"));
  REQUIRE(action.step == RegistrationStep::Update);
  const auto body = parse_json(action.body);
  REQUIRE(body);
  CHECK(string_at(*body, "metadata", "resourceVersion") == "41");
  CHECK(find_member(*body, "apiVersion") == nullptr);
  CHECK(to_json(*find_member(*body, "webhooks")) == build_mutating_webhooks(inputs()));
}

TEST_CASE("an absent object is made, with our label; one that shall be empty is not", "[registration]") {
  const auto action = plan(std::nullopt);
  REQUIRE(action.step == RegistrationStep::Create);
  CHECK_THAT(action.body, Contains(R"("kind":"MutatingWebhookConfiguration")") &&
                              Contains(R"("app.kubernetes.io/managed-by":"acr-credential-helper")"));
  CHECK(plan_registration(RegistrationKind::Mutating, std::nullopt, "[]", inputs()).step == RegistrationStep::None);
}

TEST_CASE("off empties the list", "[registration]") {
  const auto action =
      plan_registration(RegistrationKind::Validating, standing(build_validating_webhooks(inputs())), "[]", inputs());
  REQUIRE(action.step == RegistrationStep::Update);
  CHECK_THAT(action.body, Contains(R"("webhooks":[])"));
  CHECK(plan_registration(RegistrationKind::Validating, standing("[]"), "[]", inputs()).step == RegistrationStep::None);
}

TEST_CASE("CRT-7: a caBundle that others reset is repaired", "[registration]") {
  auto reset = inputs();
  reset.ca_bundle_pem = "";
  const auto action = plan(standing(build_mutating_webhooks(reset)));
  REQUIRE(action.step == RegistrationStep::Update);
  CHECK_THAT(action.reason, Contains("caBundle"));
}

TEST_CASE("a changed failurePolicy is written", "[registration]") {
  auto other = inputs();
  other.settings.failure_policy = config::FailurePolicy::Fail;
  CHECK(plan(standing(build_mutating_webhooks(other))).step == RegistrationStep::Update);
}

TEST_CASE("a registration of another installation is never taken over", "[registration]") {
  auto foreign = inputs();
  foreign.endpoint.service = {"team-registry", "acr-webhook"};
  const auto action = plan(standing(build_mutating_webhooks(foreign)));
  CHECK(action.step == RegistrationStep::Refuse);
  CHECK(action.body.empty());
  CHECK_THAT(action.reason, Contains("team-registry/acr-webhook"));
  const auto off =
      plan_registration(RegistrationKind::Mutating, standing(build_mutating_webhooks(foreign)), "[]", inputs());
  CHECK(off.step == RegistrationStep::Refuse);
}

TEST_CASE("an injected caBundle is kept and asked for by annotation", "[registration]") {
  auto wanted = inputs();
  wanted.ca_bundle_pem.clear();
  wanted.inject_ca_from = "kube-system/acr-webhook";
  auto current = standing(build_mutating_webhooks(inputs()));
  const auto action = plan(current, wanted);
  REQUIRE(action.step == RegistrationStep::Update);
  CHECK_THAT(action.body, Contains(R"("cert-manager.io/inject-ca-from":"kube-system/acr-webhook")") &&
                              Contains(encode_base64("PEM")));
  current.annotations["cert-manager.io/inject-ca-from"] = "kube-system/acr-webhook";
  CHECK(plan(current, wanted).step == RegistrationStep::None);
}

TEST_CASE("CRT-6: a bundle is published when every webhook carries all of it", "[registration]") {
  const auto now = std::chrono::system_clock::now();
  const auto names = certs::names_of_service("kube-system", "acr-webhook");
  const auto old_ca = certs::make_ca(now, names)->certificate_pem;
  const auto next_ca = certs::make_ca(now, names)->certificate_pem;
  auto wanted = inputs();
  wanted.ca_bundle_pem = old_ca + next_ca;
  CHECK(publishes_bundle(standing(build_mutating_webhooks(wanted)), old_ca + next_ca));
  CHECK(publishes_bundle(standing(build_mutating_webhooks(wanted)), next_ca));
  wanted.ca_bundle_pem = old_ca;
  CHECK_FALSE(publishes_bundle(standing(build_mutating_webhooks(wanted)), old_ca + next_ca));
  CHECK_FALSE(publishes_bundle(standing("[]"), old_ca));
  CHECK_FALSE(publishes_bundle(standing("junk"), old_ca));
}

}  // namespace
}  // namespace acr::controller
