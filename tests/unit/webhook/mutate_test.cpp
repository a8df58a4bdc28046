// SPDX-License-Identifier: Apache-2.0
// Who is patched and who is not, rule by rule.
#include "webhook/mutate.hpp"

#include <catch2/catch.hpp>

#include "desk.hpp"

namespace acr::webhook {
namespace {

using test::ReviewText;

const kube::NamespaceInfo kWeb{.name = "web", .uid = "u", .resource_version = "1", .labels = {}, .annotations = {}};

config::Settings everything() {
  config::Settings settings;
  settings.service_accounts = {.all = true, .patterns = {}};
  settings.watch_namespaces = {.all = true, .patterns = {}};
  return settings;
}

struct Asked {
  ReviewText review = {};
  config::Settings settings = everything();
  const kube::NamespaceInfo* namespace_ = &kWeb;
};

Decision ask(const Asked& asked) {
  const auto text = test::to_json(asked.review);
  const auto review = parse_review(text);
  REQUIRE(review);
  return decide(*review, {.settings = &asked.settings,
                          .namespace_ = asked.namespace_,
                          .own_namespace = "acr",
                          .secret_name = test::kSecretName,
                          .controller_username = test::kController});
}

TEST_CASE("a covered account is patched", "[webhook]") {
  const auto decision = ask({});
  CHECK(decision.reason == Reason::Patched);
  CHECK_FALSE(decision.patch.empty());
  CHECK(decision.warnings.empty());
}

TEST_CASE("ADM-6: foreign kinds, operations and subresources pass", "[webhook]") {
  CHECK(ask({.review = {.kind = "Pod", .resource = "pods"}}).reason == Reason::ForeignRequest);
  CHECK(ask({.review = {.operation = "DELETE"}}).reason == Reason::ForeignRequest);
  CHECK(ask({.review = {.operation = "CONNECT"}}).reason == Reason::ForeignRequest);
  CHECK(ask({.review = {.kind = "TokenRequest"}}).reason == Reason::ForeignRequest);
}

TEST_CASE("ADM-9: an object that is none passes", "[webhook]") {
  CHECK(ask({.review = {.object = "null"}}).reason == Reason::BrokenObject);
  CHECK(ask({.review = {.object = "[]"}}).reason == Reason::BrokenObject);
  CHECK(ask({.review = {.object = R"({"metadata":{"name":"api"},"imagePullSecrets":"x"})"}}).reason ==
        Reason::BrokenObject);
}

TEST_CASE("ADM-12: system namespaces and the own one are never bound by the webhook", "[webhook]") {
  for (const auto* name : {"kube-system", "kube-public", "kube-node-lease", "acr"}) {
    const kube::NamespaceInfo info{.name = name, .uid = "u", .resource_version = "1", .labels = {}, .annotations = {}};
    CAPTURE(name);
    CHECK(ask({.review = {.namespace_ = name}, .namespace_ = &info}).reason == Reason::NamespaceNotCovered);
    CHECK(ask({.review = {.namespace_ = name}, .namespace_ = nullptr}).reason == Reason::NamespaceNotCovered);
  }
}

TEST_CASE("the opt-out holds as label and as annotation, on both objects", "[webhook]") {
  for (const auto* place : {"labels", "annotations"}) {
    const auto object =
        std::string(R"({"metadata":{"name":"api",")") + place + R"(":{"acr-credential-helper/exclude":"true"}}})";
    CHECK(ask({.review = {.object = object}}).reason == Reason::OptedOut);
  }
  auto labelled = kWeb;
  labelled.labels["acr-credential-helper/exclude"] = "true";
  auto annotated = kWeb;
  annotated.annotations["acr-credential-helper/exclude"] = "true";
  CHECK(ask({.namespace_ = &labelled}).reason == Reason::NamespaceNotCovered);
  CHECK(ask({.namespace_ = &annotated}).reason == Reason::NamespaceNotCovered);
  const auto* other_value = R"({"metadata":{"name":"api","labels":{"acr-credential-helper/exclude":"yes"}}})";
  CHECK(ask({.review = {.object = other_value}}).reason == Reason::Patched);
}

TEST_CASE("the controller's own unbinding is not undone", "[webhook]") {
  const auto* bound =
      R"({"metadata":{"name":"api"},"imagePullSecrets":[{"name":"acr-credential-secret-aggregation"}]})";
  const auto* unbound = R"({"metadata":{"name":"api"}})";
  CHECK(ask({.review = {.operation = "UPDATE", .username = test::kController, .object = unbound, .old_object = bound}})
            .reason == Reason::Controller);
  CHECK(ask({.review = {.operation = "UPDATE",
                        .username = "system:serviceaccount:acr:acr-cleanup",
                        .object = unbound,
                        .old_object = bound}})
            .reason == Reason::Controller);
  const auto restored = ask({.review = {.operation = "UPDATE", .object = unbound, .old_object = bound}});
  CHECK(restored.reason == Reason::Patched);
  CHECK(restored.restored);
  REQUIRE(restored.warnings.size() == 1);
  CHECK(restored.warnings.front().size() <= 120);
}

TEST_CASE("generateName: only a pattern with an open end is sure", "[webhook]") {
  const auto* object = R"({"metadata":{"generateName":"job-runner-"}})";
  const auto with = [&](config::NamePatterns patterns) {
    auto settings = everything();
    settings.service_accounts = std::move(patterns);
    return ask({.review = {.name = "", .object = object}, .settings = settings}).reason;
  };
  CHECK(with({.all = true, .patterns = {}}) == Reason::Patched);
  CHECK(with({.all = false, .patterns = {"default", "job-*"}}) == Reason::Patched);
  CHECK(with({.all = false, .patterns = {"job-runner-abcde"}}) == Reason::AccountNotCovered);
  CHECK(with({.all = false, .patterns = {"*-x"}}) == Reason::AccountNotCovered);
}

TEST_CASE("an account of a namespace that we have not seen is bound and told apart", "[webhook]") {
  CHECK(ask({.namespace_ = nullptr}).reason == Reason::PatchedUnknownNamespace);
  auto settings = everything();
  settings.namespace_selector = *config::parse_label_selector("team=a");
  CHECK(ask({.settings = settings, .namespace_ = nullptr}).reason == Reason::PatchedUnknownNamespace);
  CHECK(ask({.settings = settings}).reason == Reason::NamespaceNotCovered);
  settings.watch_namespaces = {.all = false, .patterns = {"other"}};
  CHECK(ask({.settings = settings, .namespace_ = nullptr}).reason == Reason::NamespaceNotCovered);
}

TEST_CASE("a look at the namespace is needed only where it can matter", "[webhook]") {
  const auto settings = everything();
  const auto needs = [&](const ReviewText& asked, const config::Settings* in_force) {
    const auto text = test::to_json(asked);
    const auto review = parse_review(text);
    return needs_namespace(
        *review,
        {.settings = in_force, .own_namespace = "acr", .secret_name = test::kSecretName, .controller_username = {}});
  };
  CHECK(needs({}, &settings));
  CHECK_FALSE(needs({}, nullptr));
  CHECK_FALSE(needs({.namespace_ = "kube-system"}, &settings));
  CHECK_FALSE(needs({.kind = "Pod"}, &settings));
}

TEST_CASE("overwrite mode replaces the list", "[webhook]") {
  auto settings = everything();
  settings.binding_mode = config::BindingMode::Overwrite;
  const auto* object = R"({"metadata":{"name":"api"},"imagePullSecrets":[{"name":"other"}]})";
  CHECK(ask({.review = {.object = object}, .settings = settings}).patch ==
        R"([{"op":"add","path":"/imagePullSecrets","value":[{"name":"acr-credential-secret-aggregation"}]}])");
}

TEST_CASE("terminating objects and namespaces are left alone", "[webhook]") {
  CHECK(
      ask({.review = {.object = R"({"metadata":{"name":"api","deletionTimestamp":"2026-01-01T00:00:00Z"}})"}}).reason ==
      Reason::Terminating);
  CHECK(ask({.review = {.object = R"({"metadata":{"name":"api","deletionTimestamp":null}})"}}).reason ==
        Reason::Patched);
  CHECK(ask({.review = {.operation = "UPDATE",
                        .old_object = R"({"metadata":{"name":"api","deletionTimestamp":"2026-01-01T00:00:00Z"}})"}})
            .reason == Reason::Terminating);
  auto dying = kWeb;
  dying.terminating = true;
  CHECK(ask({.namespace_ = &dying}).reason == Reason::NamespaceNotCovered);
}

}  // namespace
}  // namespace acr::webhook
