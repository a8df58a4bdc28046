// SPDX-License-Identifier: Apache-2.0
// Keys that were indented into the value above, misspelt, or stored as files: none of them is silently missing.
#include <algorithm>
#include <catch2/catch.hpp>

#include "common/config/in_force.hpp"
#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

const NamePatterns kNothing{};

TEST_CASE("a key that stands inside of the value above it is an error, and what it leaves out is not covered") {
  const std::string inner = GENERATE("exclude-namespaces: kube-*", "namespace-selector: team=web",
                                     "excludeNamespaces: kube-*", "exclude-namespace: kube-*");
  const auto outer = GENERATE(values<std::pair<const char*, const char*>>({
      {"rrsa", "enable: true\n@\n"},
      {"rrsa", "enable: true\n    @\n"},
      {"webhook-configuration", "enable: true\ntimeout-seconds: 3\n@\n"},
      {"webhook-configuration", "enable: [\n@\n"},
      {"acr-registry-info", "- instanceId: cri-a\n  @\n"},
      {"acr-registry-info", "- instanceId: cri-a\n    @\n  regionId: 'x\n"},
      {"expiring-threshold", "20m\n@\n"},
      {"binding-mode", "append\n  @"},
      {"notify-email", "ops@example.com\n@"},
      {"acr-api-version", "@"},
      {"service-account", "ci\n@"},
  }));
  std::string text = outer.second;
  text.replace(text.find('@', text.starts_with("ops") ? 4 : 0), 1, inner);
  INFO(outer.first << ": " << text);
  for (const bool is_edit : {false, true}) {
    const auto parsed = parse({{outer.first, text}, {"watch-namespace", "all"}}, is_edit);
    for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
    CHECK(parsed.has_errors());
    CHECK(parsed.settings.watch_namespaces == kNothing);
  }
}

TEST_CASE("a key inside of another one is told at its place, and how to mend it") {
  const auto parsed = parse({{"rrsa", "enable: true\nexclude-namespaces: kube-*\n"}});
  CHECK(findings(parsed) == FindingList{"error misplaced-key@2:1"});
  CHECK(parsed.diagnostics[0].hint == "indent it like rrsa");
  CHECK(parsed.settings.rrsa_enabled);
  CHECK(findings(parse({{"notify-email", "a@example.com\n watch-namespace: web\n"}})) ==
        FindingList{"error misplaced-key@2:2"});
  CHECK(findings(parse_list(R"({"AcrInstanceInfo":[{"instanceId":"cri-a","watchNamespace":"web"}]})")) ==
        FindingList{"warning managed-addon-format@1:3", "error misplaced-key@1:44"});
  // Beside the key itself nothing is missing that it could leave out.
  CHECK(parse({{"watch-namespace", "web"}, {"notify-email", "watch-namespace: all"}})
            .settings.watch_namespaces.patterns == std::vector<std::string>{"web"});
}

TEST_CASE("a list of registries inside of another key is never taken for none") {
  const auto* text = GENERATE("enable: true\nacr-registry-info:\n- instanceId: cri-a\n",
                              "enable: true\n acr-registry-info: |\n  - instanceId: cri-a\n");
  const auto parsed = parse({{"rrsa", text}});
  CHECK(parsed.has_errors());
  CHECK(parsed.list_unreadable);
  CHECK(parsed.settings.instances.empty());
}

TEST_CASE("names of keys in comments and in values are no keys") {
  CHECK(findings(parse({{"watch-namespace", "# exclude-namespaces: kube-*\nweb\n"},
                        {"notify-email", "mail about exclude-namespaces: none"}})) ==
        FindingList{"warning comment-in-value@1:1"});
}

TEST_CASE("a value that repeats the name of its key is read") {
  const auto list = parse_list("acr-registry-info:\n  - instanceId: cri-a\n    regionId: cn-beijing\n");
  CHECK(findings(list) == FindingList{"warning repeated-key@1:1"});
  CHECK(list.settings == parse_list("- instanceId: cri-a\n  regionId: cn-beijing\n").settings);
  for (const auto* text : {"rrsa:\n  enable: true\n", "rrsa: {enable: true}"}) {
    const auto rrsa = parse({{"rrsa", text}});
    CHECK(findings(rrsa) == FindingList{"warning repeated-key@1:1"});
    CHECK(rrsa.settings.rrsa_enabled);
  }
  const auto names = parse({{"watch-namespace", "  watch-namespace: web,api\n"}, {"exclude-namespaces", "legacy"}});
  CHECK(findings(names) == FindingList{"warning repeated-key@1:3"});
  CHECK(names.settings.watch_namespaces.patterns == std::vector<std::string>{"web", "api"});
}

TEST_CASE("a misspelt key is an error where the key itself says nothing, or leaves something out") {
  struct Row {
    Data data;
    const char* key;
  };
  const auto row = GENERATE(values<Row>({
      {{{"exclude-namespaces", ""}, {"exclude-namespace", "legacy"}}, "exclude-namespace"},
      {{{"exclude-namespaces", "kube-*"}, {"exclude-namespace", "legacy"}}, "exclude-namespace"},
      {{{"namespace-selector", "\n"}, {"namespace-selectors", "a=b"}}, "namespace-selectors"},
      {{{"namespace-selector", "a=b"}, {"namespace-selector.yml", "c=d"}}, "namespace-selector.yml"},
      {{{"exclude-namespaces.txt", "kube-*"}}, "exclude-namespaces.txt"},
      {{{"excludeNamespaces.TXT", "kube-*"}}, "excludeNamespaces.TXT"},
  }));
  auto data = row.data;
  data.emplace("watch-namespace", "all");
  for (const bool is_edit : {false, true}) {
    const auto parsed = parse(data, is_edit);
    for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
    CHECK(std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(), [&row](const Diagnostic& d) {
      return d.code == "unknown-key" && d.severity == Severity::Error && d.key == row.key;
    }));
    CHECK(parsed.settings.watch_namespaces == kNothing);
  }
}

TEST_CASE("an edit whose list of registries went to a misspelt key or a file is refused") {
  const ConfigMapText good{.data = {{"acr-registry-info", "- instanceId: cri-a\n"}, {"watch-namespace", "web"}}};
  const auto judge = [&good](const Data& data) {
    return choose_configuration(ConfigMapText{.data = data}, good.data, "cn-hangzhou");
  };
  const std::string list = "- instanceId: cri-b\n";
  const auto data = GENERATE_COPY(values<Data>({
      {{"acr-registry-info", "# moved"}, {"acr-registy-info", list}},
      {{"acr-registry-info", "\"\""}, {"acr-registy-info", list}},
      {{"acr-registry-info", "[]\n"}, {"acr-registry-infos", list}},
      {{"acr-registry-info.yaml", list}},
      {{"acr-registry-info.json", list}, {"watch-namespace", "web"}},
      {{"AcrInstanceInfo.json", list}},
      {{"acr-configuration.yaml", "data:\n  watch-namespace: web\n"}},
      {{"config", "x"}, {"more", ""}},
  }));
  INFO(data.begin()->first << ": " << data.begin()->second);
  const auto in_force = judge(data);
  for (const auto& d : in_force.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
  CHECK(in_force.origin == SettingsOrigin::LastAccepted);
  CHECK(in_force.settings.instances.at(0).instance_id == "cri-a");
}

TEST_CASE("unknown keys that take nothing away stay warnings") {
  const ConfigMapText before{.data = {{"watch-namespace", "web"}, {"team", "x"}}};
  for (const auto& data : {Data{{"team", "x"}}, Data{{"watch-namespace", "web"}, {"other", "y"}}, Data{{"other", ""}},
                           Data{{"watch-namespaces", " "}}, Data{{"exclude-namespace", "# none"}}}) {
    INFO(data.begin()->first);
    CHECK(choose_configuration(ConfigMapText{.data = data}, before.data, "r").origin == SettingsOrigin::ConfigMap);
  }
  CHECK(findings(parse({{"acr-configuration.yaml", "x"}})) == FindingList{"warning unknown-key@1:1"});
  CHECK(parse({{"acr-registry-info.yaml", "x"}}).diagnostics.at(0).hint ==
        "did you mean acr-registry-info? kubectl create configmap takes it as --from-file=acr-registry-info=FILE");
}

}  // namespace
}  // namespace acr::config
