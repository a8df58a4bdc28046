// SPDX-License-Identifier: Apache-2.0
// The API server calls the webhook for what the configuration covers and for nothing else (ADM-12).
#include "common/config/admission_scope.hpp"

#include <catch2/catch.hpp>

#include "common/base/json.hpp"
#include "common/config/match.hpp"

namespace acr::config {
namespace {

constexpr const char* kOwn = "helper";
constexpr const char* kName = "pull";
constexpr const char* kController = "system:serviceaccount:helper:controller";

WebhookSelectors build(const Settings& settings) {
  return build_webhook_selectors(settings, kOwn, kName, kController);
}

Settings watching(NamePatterns namespaces) {
  Settings settings;
  settings.watch_namespaces = std::move(namespaces);
  return settings;
}

/// The expression of a condition; empty if there is none of that name.
std::string condition(const WebhookSelectors& selectors, std::string_view name) {
  const auto document = parse_json(selectors.match_conditions_json).value();
  for (const auto& entry : document.GetArray()) {
    if (string_at(entry, "name") == name) return std::string(string_at(entry, "expression"));
  }
  return {};
}

TEST_CASE("named namespaces are listed, system namespaces and our own never") {
  const auto selectors = build(watching({.all = false, .patterns = {"web", "kube-system", "helper", "api"}}));
  CHECK(
      selectors.namespace_selector_json ==
      R"({"matchExpressions":[{"key":"kubernetes.io/metadata.name","operator":"In","values":["web","api"]},)"
      R"({"key":"kubernetes.io/metadata.name","operator":"NotIn","values":["kube-system","kube-public","kube-node-lease","helper"]},)"
      R"({"key":"acr-credential-helper/exclude","operator":"NotIn","values":["true"]}]})");
  CHECK(selectors.object_selector_json ==
        R"({"matchExpressions":[{"key":"acr-credential-helper/exclude","operator":"NotIn","values":["true"]}]})");
  CHECK(condition(selectors, "watched-namespace").empty());
}

TEST_CASE("all namespaces: only those to leave out are listed") {
  auto settings = watching({.all = true, .patterns = {}});
  settings.exclude_namespaces = {"legacy", "kube-public", "sandbox-*"};
  settings.namespace_selector = parse_label_selector("team").value();
  const auto selectors = build(settings);
  CHECK(
      selectors.namespace_selector_json ==
      R"({"matchExpressions":[{"key":"kubernetes.io/metadata.name","operator":"NotIn","values":["kube-system","kube-public","kube-node-lease","helper","legacy"]},)"
      R"({"key":"acr-credential-helper/exclude","operator":"NotIn","values":["true"]},{"key":"team","operator":"Exists"}]})");
  CHECK(condition(selectors, "namespace-not-excluded") == "!request.namespace.matches('^(sandbox-.*)$')");
}

TEST_CASE("globs become a condition on the namespace of the request") {
  const auto selectors = build(watching({.all = false, .patterns = {"team-*", "web", "a?"}}));
  CHECK(condition(selectors, "watched-namespace") == "request.namespace.matches('^(team-.*|web|a.)$')");
  CHECK(selectors.namespace_selector_json.find(R"("In")") == std::string::npos);
}

TEST_CASE("conditions on the account: its name, not bound yet, not the controller itself") {
  Settings settings;
  settings.service_accounts = {.all = false, .patterns = {"default", "builder"}};
  auto selectors = build(settings);
  CHECK(condition(selectors, "service-account-name") ==
        "!has(object.metadata.name) || object.metadata.name == '' || object.metadata.name in ['default', 'builder']");
  CHECK(condition(selectors, "not-bound-yet") ==
        "!(has(object.imagePullSecrets) && object.imagePullSecrets.exists(s, has(s.name) && s.name == 'pull'))");
  CHECK(condition(selectors, "not-the-controller") ==
        "request.userInfo.username != 'system:serviceaccount:helper:controller'");
  CHECK(condition(selectors, "not-the-cleanup") ==
        "request.userInfo.username != 'system:serviceaccount:helper:acr-cleanup'");

  settings.service_accounts = {.all = false, .patterns = {"ci.*"}};
  selectors = build(settings);
  CHECK(condition(selectors, "service-account-name") ==
        "!has(object.metadata.name) || object.metadata.name == '' || object.metadata.name.matches('^(ci[.].*)$')");

  settings.service_accounts = {.all = true, .patterns = {}};
  CHECK(condition(build(settings), "service-account-name").empty());
  CHECK(condition(build_webhook_selectors(settings, kOwn, kName, ""), "not-the-controller").empty());
}

TEST_CASE("the account for --cleanup is that of the own namespace, and no other") {
  CHECK(is_cleanup_user("system:serviceaccount:helper:acr-cleanup", "helper"));
  for (const auto* other : {"system:serviceaccount:other1:acr-cleanup", "system:serviceaccount:helper:acr-cleanup2",
                            "acr-cleanup", "system:serviceaccount:helper:acr-webhook", ""})
    CHECK_FALSE(is_cleanup_user(other, "helper"));
}

TEST_CASE("overwrite mode asks for our entry alone") {
  Settings settings;
  settings.binding_mode = BindingMode::Overwrite;
  CHECK(condition(build(settings), "not-bound-yet").find("size(object.imagePullSecrets) == 1") != std::string::npos);
}

TEST_CASE("namespaceObject is never used: it is refused at run time") {
  auto settings = watching({.all = false, .patterns = {"team-*"}});
  settings.exclude_namespaces = {"team-x*"};
  settings.namespace_selector = parse_label_selector("a=b").value();
  CHECK(build(settings).match_conditions_json.find("namespaceObject") == std::string::npos);
}

TEST_CASE("a user name cannot break out of its quotes") {
  const auto selectors = build_webhook_selectors({}, kOwn, kName, "o'brien\\");
  CHECK(condition(selectors, "not-the-controller") == R"(request.userInfo.username != 'o\'brien\\')");
}

TEST_CASE("where nothing can be covered the webhook must not be registered") {
  CHECK_FALSE(build({}).covers_nothing);
  CHECK(build(watching({.all = false, .patterns = {"kube-system", "helper"}})).covers_nothing);
  auto excluded = watching({.all = false, .patterns = {"web"}});
  excluded.exclude_namespaces = {"w*"};
  CHECK(build(excluded).covers_nothing);
  auto all_excluded = watching({.all = true, .patterns = {}});
  all_excluded.exclude_namespaces = {"*"};
  CHECK(build(all_excluded).covers_nothing);
  CHECK(build(watching({})).covers_nothing);
  Settings no_account;
  no_account.service_accounts = {};
  CHECK(build(no_account).covers_nothing);
}

TEST_CASE("a policy decides itself what a webhook looks at in the object") {
  Settings settings = watching({.all = true, .patterns = {}});
  settings.service_accounts = {.all = false, .patterns = {"default", "build-*"}};
  const auto selectors = build_policy_selectors(settings, kOwn, kName, kController);
  const auto webhook = build(settings);
  CHECK(selectors.namespace_selector_json == webhook.namespace_selector_json);
  CHECK(selectors.object_selector_json == webhook.object_selector_json);
  for (const auto* same : {"not-the-controller", "not-bound-yet"})
    CHECK(condition(selectors, same) == condition(webhook, same));
  CHECK(condition(selectors, "service-account-name") ==
        "has(object.metadata.name) && object.metadata.name != '' ? "
        "object.metadata.name.matches('^(default|build-.*)$') : "
        "(has(object.metadata.generateName) && object.metadata.generateName != '' && "
        "object.metadata.generateName.matches('^(build-.*)$'))");
  CHECK(condition(selectors, "account-not-opted-out") ==
        "!(has(object.metadata.annotations) && 'acr-credential-helper/exclude' in object.metadata.annotations && "
        "object.metadata.annotations['acr-credential-helper/exclude'] == 'true')");
  CHECK(selectors.match_conditions_json.find("namespaceObject") == std::string::npos);
  CHECK(condition(selectors, "not-terminating") == "!has(object.metadata.deletionTimestamp)");
  CHECK(condition(webhook, "account-not-opted-out").empty());
  settings.service_accounts = {.all = false, .patterns = {"default"}};
  CHECK(condition(build_policy_selectors(settings, kOwn, kName, kController), "service-account-name") ==
        "has(object.metadata.name) && object.metadata.name != '' ? object.metadata.name in ['default'] : false");
}

}  // namespace
}  // namespace acr::config
