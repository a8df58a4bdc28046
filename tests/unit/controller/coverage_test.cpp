// SPDX-License-Identifier: Apache-2.0
// Who is covered and not served, and what is said about it.
#include "controller/coverage.hpp"

#include <catch2/catch.hpp>

namespace acr::controller {
namespace {

constexpr const char* kName = "acr-credential-secret-aggregation";
const WallTime kNow = parse_rfc3339("2026-11-25T08:00:00Z").value();

struct Scene {
  config::Settings settings;
  Rules rules;
  bool any_login = true;
  std::string trouble = {};
  Coverage coverage = {};

  Scene() {
    settings.watch_namespaces = {.all = true, .patterns = {}};
    settings.service_accounts = {.all = false, .patterns = {"web"}};
    rules = {.settings = &settings, .secret_name = kName, .now = kNow};
  }
  [[nodiscard]] CoverageInputs inputs() const {
    return {.rules = rules, .any_login = any_login, .trouble_with = [this](const WorkKey&) { return trouble; }};
  }
  std::string reason(const kube::NamespaceInfo& info, const kube::SecretInfo* secret) {
    count_namespace(coverage, inputs(), info, secret);
    return coverage.namespaces.named.empty() ? "" : coverage.namespaces.named.back().reason;
  }
};

kube::SecretInfo good_secret() {
  return {.key = {"shop", kName}, .type = std::string(kube::kDockerConfigType), .managed = true};
}

}  // namespace

TEST_CASE("a namespace is served by a pull Secret of ours that has not ended") {
  Scene scene;
  auto secret = good_secret();
  CHECK(scene.reason({.name = "shop"}, &secret).empty());
  CHECK(scene.coverage.namespaces.served == 1);
  CHECK(scene.coverage.namespaces.unserved == 0);
}

TEST_CASE("an unserved namespace is named with its reason") {
  Scene scene;
  auto secret = good_secret();
  const kube::NamespaceInfo shop{.name = "shop"};
  SECTION("no login yet") {
    scene.any_login = false;
    CHECK(scene.reason(shop, nullptr) == "no instance has a login yet");
  }
  SECTION("it comes") {
    CHECK(scene.reason(shop, nullptr) == "its pull Secret is not written yet");
  }
  SECTION("the write fails") {
    scene.trouble = "cannot create secrets shop/x: exceeded quota";
    CHECK(scene.reason(shop, nullptr) == scene.trouble);
  }
  SECTION("a Secret of another type stands there") {
    secret.type = "Opaque";
    secret.managed = false;
    CHECK_THAT(scene.reason(shop, &secret), Catch::Contains("another type: delete or rename it"));
  }
  SECTION("its login has ended") {
    secret.annotations["acr-credential-helper/expires-at"] = "2026-11-25T07:00:00Z";
    CHECK(scene.reason(shop, &secret) == "its login ended at 2026-11-25T07:00:00Z");
  }
  CHECK(scene.coverage.namespaces.unserved == 1);
}

TEST_CASE("what is not covered is not counted") {
  Scene scene;
  const std::string exclude(kube::kExcludeKey);
  CHECK(scene.reason({.name = "out", .labels = {{exclude, "true"}}}, nullptr).empty());
  CHECK(scene.reason({.name = "going", .terminating = true}, nullptr).empty());
  count_account(scene.coverage, scene.inputs(), {.name = "shop"}, {.key = {"shop", "other"}});
  count_account(scene.coverage, scene.inputs(), {.name = "shop"}, {.key = {"shop", "web"}, .excluded = true});
  count_account(scene.coverage, scene.inputs(), {.name = "going", .terminating = true}, {.key = {"going", "web"}});
  CHECK(scene.coverage.namespaces.covered() == 0);
  CHECK(scene.coverage.accounts.covered() == 0);
  CHECK(scene.coverage.excluded_namespaces == 1);
}

TEST_CASE("ServiceAccounts are counted by our entry, and only the first unbound ones are named") {
  Scene scene;
  count_account(scene.coverage, scene.inputs(), {.name = "shop"},
                {.key = {"shop", "web"}, .image_pull_secrets = {"other", kName}});
  for (int i = 0; i < 50; ++i)
    count_account(scene.coverage, scene.inputs(), {.name = "shop"}, {.key = {"shop", "web"}});
  CHECK(scene.coverage.accounts.served == 1);
  CHECK(scene.coverage.accounts.unserved == 50);
  REQUIRE(scene.coverage.accounts.named.size() == kNamedUnserved);
  CHECK(scene.coverage.accounts.named[0] == Unserved{"shop/web", "not bound yet"});
}

}  // namespace acr::controller
