// SPDX-License-Identifier: Apache-2.0
// The names that the managed edition has for keys.
#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

TEST_CASE("the settings of the managed edition as keys of the ConfigMap") {
  const Data managed{{"AcrInstanceInfo", "[{\"instanceId\":\"cri-a\",\"regionId\":\"cn-beijing\"}]"},
                     {"watchNamespace", "web"},
                     {"serviceAccount", "ci"},
                     {"expiringThreshold", "20m"},
                     {"enableRRSA", "true"},
                     {"notifyEmail", ""}};
  const auto parsed = parse(managed, true);
  CHECK_FALSE(parsed.has_errors());
  CHECK(findings(parsed) == FindingList(6, "warning managed-addon-format@1:1"));
  const auto ours = parse({{"acr-registry-info", "- instanceId: cri-a\n  regionId: cn-beijing\n"},
                           {"watch-namespace", "web"},
                           {"service-account", "ci"},
                           {"expiring-threshold", "20m"},
                           {"rrsa", "enable: true"}});
  CHECK(parsed.settings == ours.settings);
  const auto json =
      "{\"AcrInstanceInfo\":[{\"instanceId\":\"cri-a\",\"regionId\":\"cn-beijing\"}],\"watchNamespace\":\"web\","
      "\"serviceAccount\":\"ci\",\"expiringThreshold\":\"20m\",\"enableRRSA\":true,\"notifyEmail\":\"\"}";
  const auto pasted = parse({{"acr-registry-info", json}}, true);
  CHECK(pasted.settings == ours.settings);
  CHECK(findings(pasted) == FindingList{"warning managed-addon-format@1:3"});
}

TEST_CASE("the ConfigMap's own keys win over names of the managed edition") {
  const auto both = parse({{"watchNamespace", "all"}, {"watch-namespace", "web"}, {"serviceAccount", "ci"}}, true);
  CHECK(both.settings.watch_namespaces.patterns == std::vector<std::string>{"web"});
  CHECK(both.settings.service_accounts.patterns == std::vector<std::string>{"ci"});
  CHECK(findings(both) == FindingList(2, "warning managed-addon-format@1:1"));
  const auto empty = parse({{"watchNamespace", "api"}, {"watch-namespace", " "}});
  CHECK(empty.settings.watch_namespaces.patterns == std::vector<std::string>{"api"});
  const auto inner = parse({{"watchNamespace", "api"}, {"acr-registry-info", R"({"watchNamespace": "web"})"}});
  CHECK(inner.settings.watch_namespaces.patterns == std::vector<std::string>{"api"});

  // What is broken stays broken: the other name is no way around it.
  const auto broken = parse({{"AcrInstanceInfo", "[]"}, {"acr-registry-info", "- \x01"}});
  CHECK(broken.list_unreadable);
  CHECK(broken.settings.instances.empty());
  const auto unreadable = parse({{"AcrInstanceInfo", "[{"}});
  CHECK(unreadable.list_unreadable);
  CHECK(unreadable.diagnostics.front().key == "AcrInstanceInfo");
  CHECK(findings(parse({{"enableRRSA", "maybe"}})) ==
        FindingList{"warning managed-addon-format@1:1", "error not-a-mapping@1:1"});
  CHECK(findings(parse({{"watchNamespaces", "web"}}, true)) == FindingList{"error unknown-key@1:1"});
  CHECK(findings(parse({{"watchNamespaces", "web"}, {"watchNamespace", "web"}}, true)) ==
        FindingList{"warning managed-addon-format@1:1", "warning unknown-key@1:1"});
}

}  // namespace
}  // namespace acr::config
