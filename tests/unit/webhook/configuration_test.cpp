// SPDX-License-Identifier: Apache-2.0
// Which text rules while edits come and go.
#include "webhook/configuration.hpp"

#include <catch2/catch.hpp>

#include "desk.hpp"

namespace acr::webhook {
namespace {

const kube::ObjectKey kKey{"kube-system", "acr-configuration"};

kube::ConfigMapInfo text(const std::string& version, kube::TextMap data) {
  return {.key = kKey, .uid = "u", .resource_version = version, .data = std::move(data)};
}
StoredTexts stored(config::Remembered texts) {
  return {.key = {"kube-system", "acr-credential-helper-state"}, .resource_version = "1", .texts = std::move(texts)};
}
const kube::TextMap kGood{{"watch-namespace", "web"}};
const kube::TextMap kBetter{{"watch-namespace", "web,shop"}};
const kube::TextMap kBroken{{"watch-namespace", "shop"}, {"acr-registry-info", "- a: [\n"}};

struct Watched {
  Metrics metrics{"webhook"};
  kube::Store<kube::ConfigMapInfo> config_maps;
  kube::Store<StoredTexts> states;
  Configuration configuration{config_maps, states, metrics};

  [[nodiscard]] std::vector<std::string> watched() const { return configuration.settings()->watch_namespaces.patterns; }
};
using Names = std::vector<std::string>;

TEST_CASE("nothing is known before both objects were looked for", "[webhook]") {
  Watched world;
  CHECK(world.configuration.settings() == nullptr);
  world.config_maps.replace({text("1", kGood)});
  CHECK(world.configuration.settings() == nullptr);
  world.states.replace({});
  REQUIRE(world.configuration.settings() != nullptr);
  CHECK(world.watched() == Names{"web"});
}

TEST_CASE("an absent ConfigMap counts as known: the defaults rule", "[webhook]") {
  Watched world;
  world.states.replace({});
  world.config_maps.replace({});
  REQUIRE(world.configuration.settings() != nullptr);
  CHECK(world.watched() == Names{"default"});
  CHECK_FALSE(world.configuration.ruling());
}

TEST_CASE("a broken edit leaves the last good text in force, also one that the state Secret does not have yet",
          "[webhook]") {
  Watched world;
  world.states.replace({});
  world.config_maps.replace({text("1", kGood)});
  world.config_maps.upsert(text("2", kBetter));
  CHECK(world.watched() == Names{"web", "shop"});
  world.config_maps.upsert(text("3", kBroken));
  CHECK(world.watched() == Names{"web", "shop"});
  CHECK_THAT(world.metrics.render(), Catch::Matchers::Contains("acr_configuration_valid 0"));
  world.config_maps.upsert(text("4", kGood));
  CHECK(world.watched() == Names{"web"});
}

TEST_CASE("a replica that starts under a broken ConfigMap uses the stored text", "[webhook]") {
  Watched world;
  world.config_maps.replace({text("3", kBroken)});
  world.states.replace({stored({.accepted = kGood})});
  CHECK(world.watched() == Names{"web"});
  CHECK(world.configuration.ruling());
}

TEST_CASE("a deleted ConfigMap removes nothing", "[webhook]") {
  Watched world;
  world.states.replace({});
  world.config_maps.replace({text("1", kGood)});
  world.config_maps.erase(kKey, "2");
  CHECK(world.watched() == Names{"web"});
}

TEST_CASE("a first start under a broken ConfigMap uses its good parts", "[webhook]") {
  Watched world;
  world.states.replace({});
  world.config_maps.replace({text("1", kBroken)});
  CHECK(world.watched() == Names{"shop"});
  CHECK(world.configuration.ruling());
}

TEST_CASE("a list in binaryData stays unreadable when a label is touched: never Personal Edition", "[webhook]") {
  Watched world;
  auto hidden = text("1", {{"watch-namespace", "shop"}});
  hidden.binary_keys = {"acr-registry-info"};
  world.states.replace({});
  world.config_maps.replace({hidden});
  for (const auto* version : {"2", "3"}) {
    CHECK(world.configuration.settings()->instances.empty());
    hidden.resource_version = version;
    world.config_maps.upsert(hidden);
  }
  world.config_maps.erase(kKey, "4");
  CHECK(world.configuration.settings()->instances.empty());
}

TEST_CASE("a takeover: an edit that fell into a gap of our watch is known from the state Secret, once", "[webhook]") {
  Watched world;
  world.states.replace({stored({.accepted = kGood})});
  world.config_maps.replace({text("3", kBroken)});
  auto newer = stored({.accepted = kBetter});
  newer.resource_version = "2";
  world.states.upsert(newer);
  CHECK(world.watched() == Names{"web", "shop"});

  world.config_maps.upsert(text("4", kGood));
  newer.resource_version = "3";  // new logins beside the same text: the controller has not seen the edit yet
  world.states.upsert(newer);
  world.config_maps.upsert(text("5", kBroken));
  CHECK(world.watched() == Names{"web"});
}

TEST_CASE("a replica that starts anew goes on with what the controller's first start took", "[webhook]") {
  Watched world;
  const config::ConfigMapText first{.data = {{"watch-namespace", "shop"}}, .binary_keys = {"acr-registry-info"}};
  world.config_maps.replace({text("3", {{"watch-namespace", "x"}, {"acr-registry-info", "- a: [\n"}})});
  world.states.replace({stored({.first_start = first})});
  CHECK(world.watched() == Names{"shop"});
  CHECK(world.configuration.ruling());
  world.config_maps.upsert(text("4", kGood));
  CHECK(world.watched() == Names{"web"});
  auto late = stored({.first_start = first});
  late.resource_version = "2";  // other logins beside it: the controller has not seen the edit yet
  world.states.upsert(late);
  world.config_maps.upsert(text("5", kBroken));
  CHECK(world.watched() == Names{"web"});
}

TEST_CASE("of two first starts that of the controller counts", "[webhook]") {
  Watched world;
  world.states.replace({});
  world.config_maps.replace({text("1", kBroken)});
  CHECK(world.watched() == Names{"shop"});
  world.states.upsert(stored({.first_start = config::ConfigMapText{.data = {{"watch-namespace", "other"}}}}));
  CHECK(world.watched() == Names{"other"});
}

}  // namespace
}  // namespace acr::webhook
