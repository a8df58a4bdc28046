// SPDX-License-Identifier: Apache-2.0
// What kubectl and the API server refuse in a manifest, drop or put elsewhere.
#include <algorithm>
#include <catch2/catch.hpp>

#include "controller/config_check/judgement.hpp"
#include "tests/unit/controller/config_check/parsed_file.hpp"

namespace acr::controller {
namespace {

const std::string kMetadata = "metadata: {name: acr-configuration, namespace: kube-system}\n";

TEST_CASE("what would lose the configuration is an error, and covers nothing in what would be in force") {
  const auto row = GENERATE(values<std::pair<const char*, const char*>>({
      {"data:\nwatch-namespace: web\n", "unknown-field"},
      {"data: {rrsa: x}\nwatch-namespace: web\n", "unknown-field"},
      {"data: {rrsa: x}\ndata: {rrsa: y}\n", "duplicate-key"},
      {"stringData: {watch-namespace: web}\n", "unknown-field"},
      {"Data: {exclude-namespaces: web}\n", "unknown-field"},
      {"data: {exclude-namespaces: [web]}\n", "not-a-string"},
      {"data: {excludeNamespaces: 5}\n", "not-a-string"},
      {"data: {watchNamespace: [web]}\n", "not-a-string"},
      {"data: {'namespace selector': a=b}\n", "invalid-key"},
      {"data: [watch-namespace]\n", "not-a-mapping"},
      {"data:\n  watch-namespace: \"web\n", "yaml-syntax"},
      {"data: {a: [\n", "yaml-syntax"},
      {"data:\n  watch-namespace: \xFF\n", "invalid-utf8"},
  }));
  INFO(row.first);
  const auto file = parse("apiVersion: v1\nkind: ConfigMap\n" + kMetadata + row.first);
  CHECK(has_fault(file, row.second));
  CHECK_FALSE(has_fault(file, "missing-field"));
  const auto judgement = judge(file, std::nullopt, "cn-hangzhou");
  CHECK_FALSE(judgement.accepted);
  CHECK(judgement.effect == Effect::Refused);
  CHECK(judgement.settings.watch_namespaces.patterns.empty());
  CHECK_FALSE(judgement.settings.watch_namespaces.all);
  CHECK(std::none_of(judgement.findings.begin(), judgement.findings.end(),
                     [](const Finding& finding) { return finding.diagnostic.code == "binary-data"; }));
}

TEST_CASE("a list that is no text names no instance, and a selector of ServiceAccounts none") {
  const auto judgement = judge(parse("acr-registry-info:\n- instanceId: cri-a\nservice-account: 5\nrrsa: true\n"),
                               std::nullopt, "cn-hangzhou");
  CHECK(judgement.settings.instances.empty());
  CHECK(judgement.settings.service_accounts.patterns.empty());
  const auto half =
      judge(parse("rrsa: {enable: true}\nacr-registry-info: '[{\"instanceId\":\"cri-a\",\"rrsaRoleARN\":"
                  "\"acs:ram::1:role/a\",\"rrsaOIDCProviderRoleARN\":\"acs:ram::1:oidc-provider/p\"}]'\n"),
            std::nullopt, "cn-hangzhou");
  REQUIRE(half.findings.size() == 1);  // that RRSA is off is not known
  CHECK(half.settings.instances.size() == 1);
}

TEST_CASE("the same ConfigMap twice is an error") {
  const auto one = "apiVersion: v1\nkind: ConfigMap\n" + kMetadata;
  const auto file = parse(one + "---\n" + one);
  REQUIRE(file.faults.size() == 1);
  CHECK(file.faults[0].code == "duplicate-key");
}

TEST_CASE("a manifest that kubectl refuses or puts elsewhere is told so") {
  struct Row {
    const char* text;
    const char* code;
    config::Severity severity;
    int line;
  };
  const auto row = GENERATE(values<Row>({
      {"kind: ConfigMap\nmetadata: {name: acr-configuration, namespace: kube-system}\n", "missing-field",
       config::Severity::Error, 1},
      {"apiVersion: v1\nmetadata: {name: acr-configuration, namespace: kube-system}\n", "missing-field",
       config::Severity::Error, 1},
      {"apiVersion: v1\nkind: ConfigMap\n", "missing-field", config::Severity::Error, 1},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: kube-system}\n", "missing-field",
       config::Severity::Error, 1},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata: x\n", "not-a-mapping", config::Severity::Error, 3},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: acr-configuration}\n", "missing-namespace",
       config::Severity::Warning, 3},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: acr_configuration, namespace: kube-system}\n", "invalid-name",
       config::Severity::Error, 3},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: 5\n  namespace: kube-system\n", "invalid-name",
       config::Severity::Error, 4},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: acr-configuration\n  namespace: {{ .Release.Namespace }}\n",
       "invalid-name", config::Severity::Error, 5},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: acr-configuration\n  namespace: Kube_System\n",
       "invalid-name", config::Severity::Error, 5},
  }));
  INFO(row.text);
  const auto file = parse(row.text + std::string("data: {watch-namespace: web}\n"));
  REQUIRE(file.faults.size() == 1 + (std::string_view(row.text).find("Kube_System") != std::string_view::npos ? 1 : 0));
  const auto& fault = file.faults.back();
  CHECK(fault.code == row.code);
  CHECK(fault.severity == row.severity);
  CHECK(fault.line == row.line);
  CHECK_FALSE(fault.hint.empty());
  CHECK(value_of(file, "watch-namespace") == "web");
}

TEST_CASE("a template that was not rendered is told as one") {
  const auto* text = GENERATE("data:\n  watch-namespace: {{ .Values.namespaces }}\n",
                              "data:\n  watch-namespace: {{ .Values.a }}-{{ .Values.b }}\n",
                              "data:\n{{- if .Values.a }}\n  watch-namespace: web\n{{- end }}\n",
                              "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}', namespace: "
                              "kube-system}\ndata: {watch-namespace: web}\n");
  INFO(text);
  const auto file = parse(text);
  REQUIRE_FALSE(file.faults.empty());
  CHECK_THAT(file.faults[0].hint, Catch::Contains("template"));
}

TEST_CASE("the ConfigMap of somebody else is no configuration; ours under another name is") {
  const auto foreign = parse_config_map_file(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: foo, namespace: bar}\ndata: {colour: green}\n", kName);
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().message ==
        "it holds ConfigMap bar/foo, not kube-system/acr-configuration, and none of its keys");
  CHECK_FALSE(parse_config_map_file("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: foo}\n", kName));
  CHECK(parse_config_map_file("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: foo}\ndata: {watch-namespaces: web}\n",
                              kName));
}

TEST_CASE("a configuration that stands in metadata is refused at its place: the defaults would rule") {
  const auto row = GENERATE(values<Placed>({
      {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: acr-configuration\n  namespace: kube-system\n  data:\n    "
       "watch-namespace: web\n",
       6, 3},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: acr-configuration\n  namespace: kube-system\n  "
       "watch-namespace: web\n",
       6, 3},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: acr-configuration\n  namespace: kube-system\n  binaryData: "
       "{rrsa: AAA=}\n",
       6, 3},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: acr-configuration\n  namespace: kube-system\n  "
       "annotations:\n    data:\n      rrsa: x\n",
       7, 5},
      {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: acr-configuration\n  namespace: kube-system\n  labels:\n   "
       " acr-registry-info: x\n",
       7, 5},
      {"apiVersion: v1\nkind: ConfigMap\ndata: {binding-mode: append}\nmetadata: {name: acr-configuration, "
       "watch-namespace: "
       "web, namespace: kube-system}\n",
       4, 37},
  }));
  INFO(row.text);
  const auto judgement = judge(parse(row.text), std::nullopt, "cn-hangzhou");
  CHECK_FALSE(judgement.accepted);
  REQUIRE_FALSE(judgement.findings.empty());
  const auto& finding = judgement.findings.front();
  CHECK(finding.diagnostic.code == "unknown-field");
  CHECK(finding.in_file.line == row.line);
  CHECK(finding.in_file.column == row.column);
  CHECK_FALSE(finding.diagnostic.hint.empty());
  CHECK_FALSE(
      parse("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: acr-configuration, labels: {team: web}}\ndata: {}\n")
          .has_errors());
}

TEST_CASE("a ConfigMap of another apiVersion than v1 is refused") {
  const auto file = parse("apiVersion: apps/v1\nkind: ConfigMap\n" + kMetadata + "data: {watch-namespace: web}\n");
  REQUIRE(file.faults.size() == 1);
  CHECK(file.faults[0].severity == config::Severity::Error);
  CHECK(file.faults[0].line == 1);
  CHECK(file.faults[0].column == 13);
  CHECK(parse("apiVersion: v1\nkind: ConfigMap\n" + kMetadata + "data: {watch-namespace: web}\n").faults.empty());
}

TEST_CASE("a lone ConfigMap of another name is checked, with a warning") {
  const auto file =
      parse("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: acr-config}\ndata: {watch-namespace: web}\n");
  CHECK(value_of(file, "watch-namespace") == "web");
  CHECK(has_fault(file, "other-name"));
  CHECK_FALSE(file.has_errors());
  CHECK(has_fault(parse("kind: ConfigMap\nmetadata: {name: acr-configuration, namespace: default}\n"), "other-name"));
}

}  // namespace
}  // namespace acr::controller
