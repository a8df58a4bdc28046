// SPDX-License-Identifier: Apache-2.0
// Which text rules when the ConfigMap is good, broken or absent, with and without an earlier accepted one.
#include "common/config/in_force.hpp"

#include <catch2/catch.hpp>

namespace acr::config {
namespace {

using Data = std::map<std::string, std::string>;

ConfigMapText text(Data data) {
  return {.data = std::move(data)};
}

const Data kGood{{"watch-namespace", "web"}};
const Data kOther{{"watch-namespace", "shop"}};
const Data kBroken{{"watch-namespace", "shop"}, {"acr-registry-info", "- instanceId: \"cri-open"}};

NamePatterns watched(const InForce& in_force) {
  return in_force.settings.watch_namespaces;
}
NamePatterns only(const std::string& name) {
  return {.all = false, .patterns = {name}};
}

bool has_error(const InForce& in_force) {
  return !format_diagnostics(in_force.diagnostics, Severity::Error).empty();
}

}  // namespace

TEST_CASE("a good text rules and may take things away") {
  const auto result = choose_configuration(text(kGood), kOther, "cn-hangzhou");
  CHECK(result.origin == SettingsOrigin::ConfigMap);
  CHECK(watched(result) == only("web"));
  CHECK(result.removals_allowed);
  CHECK(result.is_valid());
}

TEST_CASE("a rejected edit changes nothing, takes nothing away and is reported") {
  const auto result = choose_configuration(text(kBroken), kGood, "cn-hangzhou");
  CHECK(result.origin == SettingsOrigin::LastAccepted);
  CHECK(watched(result) == only("web"));
  CHECK_FALSE(result.removals_allowed);
  CHECK(has_error(result));
  CHECK_FALSE(result.is_valid());
}

TEST_CASE("an absent ConfigMap leaves the last accepted text in force and takes nothing away") {
  const auto result = choose_configuration(std::nullopt, kGood, "cn-hangzhou");
  CHECK(result.origin == SettingsOrigin::LastAccepted);
  CHECK(watched(result) == only("web"));
  CHECK_FALSE(result.removals_allowed);
  CHECK_FALSE(has_error(result));
  CHECK_FALSE(result.is_valid());  // what rules does not stand in the cluster
}

TEST_CASE("what rules since a first start goes on ruling over worse edits and a deletion") {
  const Data halfway{{"watch-namespace", "web"}, {"acr-registry-info", "- instanceId: cri-a\n- instanceId: <x>\n"}};
  const auto start = choose_configuration(text(halfway), std::nullopt, "cn-hangzhou");
  REQUIRE(start.settings.instances.size() == 1);
  const auto same = choose_configuration(text(halfway), std::nullopt, "cn-hangzhou", text(halfway));
  const auto worse = choose_configuration(text(kBroken), std::nullopt, "cn-hangzhou", text(halfway));
  const auto absent = choose_configuration(std::nullopt, std::nullopt, "cn-hangzhou", text(halfway));
  for (const auto* result : {&same, &worse, &absent}) {
    CHECK(result->settings == start.settings);
    CHECK(result->origin == SettingsOrigin::FirstStart);
    CHECK_FALSE(result->removals_allowed);
    CHECK(result->is_partial);
  }
  CHECK(choose_configuration(text(kGood), std::nullopt, "cn-hangzhou", text(halfway)).origin ==
        SettingsOrigin::ConfigMap);
}

TEST_CASE("at a first start the good parts of a broken text are used and nothing is taken away") {
  const auto result = choose_configuration(text(kBroken), std::nullopt, "cn-hangzhou");
  CHECK(result.origin == SettingsOrigin::FirstStart);
  CHECK(watched(result) == only("shop"));
  CHECK(result.settings.instances.empty());
  CHECK_FALSE(result.removals_allowed);
  CHECK_FALSE(result.is_valid());
}

TEST_CASE("without any text the defaults rule: Personal Edition of the cluster's region for the namespace default") {
  const auto result = choose_configuration(std::nullopt, std::nullopt, "cn-hangzhou");
  CHECK(result.origin == SettingsOrigin::Defaults);
  CHECK(watched(result) == only("default"));
  REQUIRE(result.settings.instances.size() == 1);
  CHECK(result.settings.instances.front().implicit);
  CHECK_FALSE(result.removals_allowed);
  CHECK(result.is_valid());
  CHECK(result.is_partial);
}

TEST_CASE("a text that another version has accepted may say more than this one understands") {
  CHECK_FALSE(choose_configuration(text(kGood), kGood, "cn-hangzhou").is_partial);
  CHECK_FALSE(choose_configuration(std::nullopt, kGood, "cn-hangzhou").is_partial);
  CHECK(choose_configuration(std::nullopt, kBroken, "cn-hangzhou").is_partial);
  CHECK(choose_configuration(text(kBroken), kBroken, "cn-hangzhou").is_partial);
}

TEST_CASE("a misspelt key is an error in an edit, but not in the very text that was accepted before") {
  const Data misspelt{{"watch-namespaces", "web"}};
  CHECK(choose_configuration(text(misspelt), kGood, "cn-hangzhou").origin == SettingsOrigin::LastAccepted);
  CHECK(choose_configuration(text(misspelt), misspelt, "cn-hangzhou").origin == SettingsOrigin::ConfigMap);
}

TEST_CASE(
    "a misspelt key that is ignored in the text in force is ignored in an edit of it, but not where it begins to "
    "matter") {
  const Data ignored{{"watch-namespaces", "web"}};
  const Data edited{{"watch-namespaces", "shop"}, {"service-account", "ci"}};
  CHECK(choose_configuration(text(edited), ignored, "cn-hangzhou").origin == SettingsOrigin::ConfigMap);
  CHECK(choose_configuration(text({{"watch-namespace", "web"}}), ignored, "cn-hangzhou").origin ==
        SettingsOrigin::ConfigMap);
  const Data both{{"watch-namespaces", "web"}, {"watch-namespace", "all"}};
  CHECK(choose_configuration(text(edited), both, "cn-hangzhou").origin == SettingsOrigin::LastAccepted);
  CHECK(choose_configuration(text(ignored), both, "cn-hangzhou").origin == SettingsOrigin::LastAccepted);
  const Data of_another{{"servce-account", "ci"}, {"watch-namespaces", "web"}};
  CHECK(choose_configuration(text(of_another), ignored, "cn-hangzhou").origin == SettingsOrigin::LastAccepted);
}

}  // namespace acr::config
