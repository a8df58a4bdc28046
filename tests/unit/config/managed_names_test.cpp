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

TEST_CASE("settings in the JSON that a key of the ConfigMap overrules are told") {
  const auto parsed =
      parse({{"watch-namespace", "default"},
             {"acr-registry-info",
              R"({"AcrInstanceInfo":[{"instanceId":"cri-a"}],"watchNamespace":"web","serviceAccount":"ci"})"}});
  CHECK(parsed.settings.watch_namespaces.patterns == std::vector<std::string>{"default"});
  CHECK(parsed.settings.service_accounts.patterns == std::vector<std::string>{"ci"});
  CHECK(findings(parsed) == FindingList{"warning managed-addon-format@1:3", "warning managed-addon-format@1:62"});
  CHECK(parsed.diagnostics.back().message == "this was ignored: watch-namespace stands as a key of the ConfigMap");
}

TEST_CASE("lists and objects of JSON are read where a key takes a text, and a list that is a text") {
  const auto parsed = parse(
      {{"acr-registry-info",
        R"({"AcrInstanceInfo":"[{\"instanceId\":\"cri-a\"}]","watchNamespace":["shop","web"],"serviceAccount":[],)"
        R"("excludeNamespaces":["legacy"],"enableRRSA":{"enable":true},)"
        R"("webhookConfiguration":{"enable":true,"timeout-seconds":3}})"}},
      true);
  for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
  CHECK_FALSE(parsed.has_errors());
  CHECK(parsed.settings == parse({{"acr-registry-info", "- instanceId: cri-a"},
                                  {"watch-namespace", "shop,web"},
                                  {"exclude-namespaces", "legacy"},
                                  {"rrsa", "enable: true"},
                                  {"webhook-configuration", "enable: true\ntimeout-seconds: 3\n"}})
                               .settings);
  CHECK(parse_list(R"({"AcrInstanceInfo":[{"instanceId":"cri-a"}],"webhookConfiguration":{"enable":{"a":true}}})")
            .has_errors());
}

TEST_CASE("our own keys are read in the JSON of the managed edition, in their spelling or its") {
  const auto json = [](const char* fields) {
    return Data{{"acr-registry-info", fmt::format(R"({{"AcrInstanceInfo":[{{"instanceId":"cri-a"}}],{}}})", fields)}};
  };
  const auto ours = parse({{"acr-registry-info", "- instanceId: cri-a"},
                           {"watch-namespace", "all"},
                           {"exclude-namespaces", "legacy"},
                           {"namespace-selector", "team=web"},
                           {"rrsa", "true"}});
  for (const auto* fields :
       {R"("watchNamespace":"all","excludeNamespaces":"legacy","namespaceSelector":"team=web","enableRRSA":true)",
        R"("watch-namespace":"all","exclude-namespaces":"legacy","namespace_selector":"team=web","rrsa":true)"}) {
    const auto parsed = parse(json(fields), true);
    CHECK_FALSE(parsed.has_errors());
    CHECK(parsed.settings == ours.settings);
  }
  for (const auto* fields : {R"("excludeNamespace":"legacy")", R"("excludeNamespaces":[["legacy"]])",
                             R"("watchNamespace":{"a":"web"})", R"("watchNamespace":"a","watch_namespace":"b")"}) {
    INFO(fields);
    const auto parsed = parse(json(fields));
    CHECK(parsed.has_errors());
    CHECK(parsed.settings.watch_namespaces == NamePatterns{});
    CHECK(parsed.settings.instances.size() == 1);
  }
}

}  // namespace
}  // namespace acr::config
