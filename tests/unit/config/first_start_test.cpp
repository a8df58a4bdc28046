// SPDX-License-Identifier: Apache-2.0
// At a first start nothing is covered that may have been left out by what cannot be read.
#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

const NamePatterns kNothing{};
const NamePatterns kDefault{.all = false, .patterns = {"default"}};

TEST_CASE("a key that leaves namespaces out and cannot be read makes the scope empty") {
  struct Row {
    const char* key;
    std::string value;
  };
  const auto row = GENERATE(values<Row>({
      {"exclude-namespaces", "kube-*,a_b"},
      {"exclude-namespaces", "<name>"},
      {"exclude-namespaces", "'legacy"},
      {"exclude-namespaces", "// legacy"},
      {"exclude-namespaces", "# legacy"},
      {"exclude-namespaces", "\n  # legacy\n"},
      {"exclude-namespaces", "legacy\x01"},
      {"exclude-namespaces", "legacy\xFF"},
      {"exclude-namespaces", std::string(kMaxDataBytes + 1, 'x')},
      {"exclude-namespace", "legacy"},
      {"excluded-namespaces", "legacy"},
      {"namespace-selector", "team in web"},
      {"namespace-selector", "team=web,,"},
      {"namespace-selector", "# team=web"},
      {"namespace-selector", "# team=web\n# team=shop"},
      {"namespace-selector", "team=web\x01"},
      {"namespace-selector", std::string(70'000, 'x')},
      {"namespace-selectors", "team=web"},
      {"watch-namespace", "web\x01"},
      {"watch-namespace", "web\xFF"},
  }));
  INFO(row.key << ": " << row.value.substr(0, 40));
  Data data{{row.key, row.value}};
  data.emplace("watch-namespace", "all");
  for (const bool is_edit : {false, true}) {
    const auto parsed = parse(data, is_edit);
    CHECK(parsed.has_errors());
    CHECK(parsed.settings.watch_namespaces == kNothing);
    CHECK(parsed.settings.service_accounts == kDefault);
    CHECK(parsed.settings.instances.size() == 1);
  }
}

TEST_CASE("service accounts that cannot be read are none") {
  for (const auto* value : {"ci\x01", "ci\xFF"}) {
    const auto parsed = parse({{"service-account", value}});
    CHECK(parsed.settings.service_accounts == kNothing);
    CHECK(parsed.settings.watch_namespaces == kDefault);
  }
}

TEST_CASE("a list of which some names can be read covers these, for it can only be too little") {
  CHECK(parse({{"watch-namespace", "web,a_b"}}).settings.watch_namespaces.patterns == std::vector<std::string>{"web"});
}

TEST_CASE("a key in another spelling is read, with a warning, also while a text is in force") {
  for (const bool is_edit : {false, true}) {
    const auto parsed = parse({{"excludeNamespaces", "legacy"},
                               {"Watch_Namespace", "web"},
                               {"service_account", "ci"},
                               {"NAMESPACE-SELECTOR", "team=web"},
                               {"acrRegistryInfo", "- instanceId: cri-a\n"},
                               {"bindingMode", "overwrite"}},
                              is_edit);
    CHECK(findings(parsed) == FindingList(6, "warning key-spelling@1:1"));
    CHECK(parsed.settings == parse({{"exclude-namespaces", "legacy"},
                                    {"watch-namespace", "web"},
                                    {"service-account", "ci"},
                                    {"namespace-selector", "team=web"},
                                    {"acr-registry-info", "- instanceId: cri-a\n"},
                                    {"binding-mode", "overwrite"}})
                                 .settings);
  }
}

TEST_CASE("two names for one key: the same value is one, different values are refused and cover nothing") {
  const auto same = parse({{"exclude-namespaces", "legacy"}, {"exclude_namespaces", "legacy\n"}}, true);
  CHECK(findings(same) == FindingList{"warning key-spelling@1:1"});
  CHECK(same.settings.exclude_namespaces == std::vector<std::string>{"legacy"});

  const auto differ = parse({{"exclude-namespaces", "legacy"}, {"exclude_namespaces", "shop"}});
  CHECK(findings(differ) == FindingList{"error ambiguous-key@1:1"});
  CHECK(differ.diagnostics[0].key == "exclude_namespaces");
  CHECK(differ.settings.watch_namespaces == kNothing);

  // Byte order must not decide.
  const auto managed = parse({{"watchNamespace", "web"}, {"watchnamespace", "shop"}});
  CHECK(findings(managed) == FindingList{"warning managed-addon-format@1:1", "error ambiguous-key@1:1"});
  CHECK(managed.settings.watch_namespaces == kNothing);
  const auto lists = parse({{"AcrInstanceInfo", "[]"}, {"acr_registry_info", "- instanceId: cri-a"}});
  CHECK(lists.has_errors());
  CHECK(lists.list_unreadable);
  CHECK(lists.settings.instances.empty());

  CHECK(findings(parse({{"watch-namespace", " "}, {"Watch_Namespace", "web"}})) ==
        FindingList{"warning key-spelling@1:1"});
  CHECK(findings(parse({{"watch-namespace", "web"}, {"Watch_Namespace", " "}})).empty());
}

TEST_CASE("a key in another spelling in binaryData is one of ours") {
  const auto parsed = parse_settings({}, {"exclude_namespaces"}, {});
  CHECK(findings(parsed) == FindingList{"error binary-data@1:1"});
  CHECK(parsed.settings.watch_namespaces == kNothing);
}

}  // namespace
}  // namespace acr::config
