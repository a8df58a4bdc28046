// SPDX-License-Identifier: Apache-2.0
// Single rules of parse_settings, besides the whole configurations of cases_test.cpp.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

TEST_CASE("an absent ConfigMap means Personal Edition of the cluster's region and all defaults") {
  const auto parsed = parse({});
  CHECK(parsed.diagnostics.empty());
  Settings wanted;
  wanted.instances.push_back({});
  wanted.instances[0].region_id = "cn-hangzhou";
  wanted.instances[0].implicit = true;
  CHECK(parsed.settings == wanted);
}

TEST_CASE("the freshly installed ConfigMap holds comments only") {
  const auto parsed =
      parse({{"acr-registry-info", "#- instanceId: \"\"\n#  regionId: x\n"}, {"watch-namespace", "default"}});
  CHECK(parsed.diagnostics.empty());
  REQUIRE(parsed.settings.instances.size() == 1);
  CHECK(parsed.settings.instances[0].implicit);
}

TEST_CASE("every empty form of the list is the default") {
  for (const auto* text : {"", "\"\"", "null", "~", "{}", "[]", "\n", "---\n", "\xEF\xBB\xBF"}) {
    INFO(text);
    const auto parsed = parse_list(text);
    CHECK_FALSE(parsed.list_unreadable);
    REQUIRE(parsed.settings.instances.size() == 1);
    CHECK(parsed.settings.instances[0].implicit);
  }
}

TEST_CASE("a list that cannot be read gives no instance, never silently Personal Edition") {
  for (const auto* text :
       {"- instanceId: [", "cri-abc", "{a: b}", "- a\n- b\n", "- instanceId: 'x\n", "---\n- {}\n---\n- {}\n", "- \x01",
        "[1, 2", "- &a {}", "- !x {}", ",a: b", "]", "[]]", "- {}\n]\n", "[] x"}) {
    INFO(text);
    const auto parsed = parse_list(text);
    CHECK(parsed.has_errors());
    CHECK(parsed.list_unreadable);
    CHECK(parsed.settings.instances.empty());
  }
}

TEST_CASE("at a first start good items are used and broken ones skipped") {
  const auto parsed =
      parse_list("- instanceId: cri-a\n- instanceId: cri-b\n  customAccessKey: K\n- instanceId: cri-c\n");
  CHECK(findings(parsed) == FindingList{"error incomplete-credentials@3:3"});
  CHECK_FALSE(parsed.list_unreadable);
  REQUIRE(parsed.settings.instances.size() == 2);
  CHECK(parsed.settings.instances[1].instance_id == "cri-c");
}

struct ItemRow {
  const char* list;
  FindingList findings;
};

TEST_CASE("what is reported about items") {
  const auto row = GENERATE(values<ItemRow>({
      {"- instanceId: cri-a\n  regoinId: cn-beijing\n", {"error unknown-field@2:3"}},
      {"- instanceId: cri-a\n  comment: mine\n", {"warning unknown-field@2:3"}},
      {"- instanceId: cri a\n", {"error invalid-value@1:15"}},
      {"- instanceId: acr-1\n", {"warning unusual-id@1:15"}},
      {"- instanceId: cri-xxxxxxxxxxxxxxxx\n", {"error placeholder@1:15"}},
      {"- instanceId: cri-XXXX,cri-a\n", {"error placeholder@1:15", "warning id-list@1:23"}},
      {"- instanceId: cri-xxxxxxxxxxxxxxx1\n", {}},
      {"- instanceId: cri-a\n  regionId: cn-hangzou\n", {"warning unknown-region@2:13"}},
      {"- instanceId: cri-a\n  regionId: eu-west-7\n", {}},
      {"- instanceId: crpi-1\n", {"warning personal-edition-unsupported@1:15"}},
      {"- instanceId: cri-a\n  regionId: CN-Hangzhou\n", {"warning case-normalised@2:13"}},
      {"- instanceId: cri-a\n  regionId: cn_hangzhou\n", {"error invalid-value@2:13"}},
      {"- instanceId: cri-a\n  regionId: {a: b}\n", {"error not-a-scalar@2:13"}},
      {"- instanceId: cri-a\n  assumeRoleARN: role/x\n", {"error invalid-arn@2:18"}},
      {"- instanceId: cri-a\n  assumeRoleARN: acs:ram::1:role/x\n  expireDuration: 1h\n",
       {"warning duration-unit@3:19"}},
      {"- instanceId: cri-a\n  expireDuration: 60\n", {"warning no-effect@2:3", "warning value-out-of-range@2:19"}},
      {"- instanceId: cri-a\n  expireDuration: soon\n", {"error invalid-value@2:19"}},
      {"- instanceId: cri-a\n  rrsaRoleARN: acs:ram::1:role/x\n", {"error incomplete-credentials@2:3"}},
      {"- instanceId: cri-a\n  domains: '*.com'\n", {"error invalid-domain@2:13"}},
      {"- instanceId: cri-a\n  domains: a.*.com\n", {"error invalid-domain@2:12"}},
      {"- instanceId: cri-a\n  domains: a.com:0\n", {"error invalid-domain@2:12"}},
      {"- instanceId: cri-a\n  domains: a.com, b@c.com\n", {"error invalid-domain@2:19"}},
      {"- instanceId: cri-a\n  domains: *.a.com\n", {"warning unquoted-star@2:12"}},
      {"- instanceId: cri-a\n  domains:\n  - a.com\n  - b.com\n", {"warning list-instead-of-string@3:3"}},
      {"- instanceId: cri-a\n  domains: a.com/path\n", {"warning domain-normalised@2:12"}},
      {"- instanceId: cri-a\n- instanceId: cri-a\n", {"warning duplicate-instance@2:3"}},
      {"- instanceId: cri-a\n  domains: a.com\n- instanceId: cri-b\n  domains: a.com\n",
       {"warning item-without-domain@3:3", "warning domain-conflict@4:12"}},
      {"- instanceId: cri-a,cri-b\n  domains: a.com\n", {"error id-list@1:20"}},
      {"instanceId: cri-a\nregionId: cn-beijing\n", {"warning mapping-instead-of-list@1:1"}},
      {"- instanceId: cri-a // mine\n", {"warning slash-comment@1:21"}},
      {"- instanceId: \"cri-a\" x\n", {"error yaml-syntax@1:23"}},
      {"- instanceId: cri-a\n\t other: x\n", {"error tab-indentation@2:1"}},
      {"- instanceId: cri-a\n regionId: cn-beijing\n", {"warning indentation@2:2"}},
      {"- 接口: x\n  instanceId: cri-\x07", {"error control-character@2:19"}},
      {"- instanceId: cri-a\n\xC2\xA0 regionId: cn-beijing\n", {"warning foreign-blank@2:1"}},
      {"- instanceId: cri-a\n  customAccessKeySecretRef: {name: My_Secret}\n", {"error invalid-value@2:36"}},
      {"- instanceId: cri-a\n  customAccessKeySecretRef: {name: s}\n  customAccessKey: K\n  customAccessKeySecret: S\n",
       {"error conflicting-credentials@2:3", "warning plaintext-access-key@3:3"}},
      {"- cri-a\n", {"error not-an-item@1:3"}},
      {"-\n", {"error not-an-item@1:1"}},
  }));
  INFO(row.list);
  const auto parsed = parse_list(row.list);
  for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
  CHECK(findings(parsed) == row.findings);
}

TEST_CASE("valid YAML that looks unusual is read without a word") {
  const auto parsed = parse_list(
      "-\n"
      "  instanceId: 'cri-b'   # one\n"
      "  domains: |\n"
      "    *.b.com,\n"
      "    b.com\n"
      "  regionId: cn-beijing\n");
  CHECK(findings(parsed).empty());
  REQUIRE(parsed.settings.instances.size() == 1);
  CHECK(parsed.settings.instances[0].domains == std::vector<std::string>{"*.b.com", "b.com"});
  CHECK(parsed.settings.instances[0].region_id == "cn-beijing");

  const auto folded = parse_list("- instanceId: cri-a\n  domains: >-\n    a.com,\n    \"b.com\n");
  CHECK(findings(folded) == FindingList{"error invalid-domain@4:5"});

  const auto reference = parse_list("- instanceId: cri-a\n  customAccessKeySecretRef:\n    name: keys\n");
  CHECK(findings(reference).empty());
  CHECK(reference.settings.instances.at(0).custom_access_key_secret_ref == "keys");

  const auto tabbed_json = parse_list("[\n\t{\n\t\t\"instanceId\": \"cri-a\"\n\t}\n]\n");
  CHECK(findings(tabbed_json).empty());
  CHECK(tabbed_json.settings.instances.at(0).instance_id == "cri-a");
}

TEST_CASE("repeats of an instance join their domains; all of them stays all") {
  auto parsed = parse_list("- instanceId: cri-a\n  domains: a.com\n- instanceId: cri-a\n  domains: b.com,a.com\n");
  REQUIRE(parsed.settings.instances.size() == 1);
  CHECK(parsed.settings.instances[0].domains == std::vector<std::string>{"a.com", "b.com"});
  parsed = parse_list("- instanceId: cri-a\n  domains: a.com\n- instanceId: cri-a\n");
  REQUIRE(parsed.settings.instances.size() == 1);
  CHECK(parsed.settings.instances[0].domains.empty());
  parsed = parse_list("- instanceId: cri-a\n- instanceId: cri-a\n  assumeRoleARN: acs:ram::1:role/x\n");
  CHECK(parsed.settings.instances.size() == 2);
}

TEST_CASE("no finding tells an access key, wherever it stands") {
  const std::string key = "LTAISECRETKEYID";
  const std::string secret = "s3cretValueOfTheKey";
  for (const auto& list : {
           "- customAccessKey: \"" + key + "\" // x\n  customAccessKeySecret: \"" + secret + "\" trailing\n",
           "- customAccessKey: " + key + "\n  customAccessKeySecret: *" + secret + "\n",
           "- customAccessKey: " + key + "\n  customAccessKeySecret: " + secret + ": x\n",
           "- customAccessKey: " + key + "\n  customAccessKeySecret: [" + secret + "]\n",
           "- customAccessKey: " + key + "\n",
           "- customAccessKeySecret: " + secret + "\n",
           "- customAccessKey: " + key + "\n  customAccessKeySecret: " + secret +
               "\n  customAccessKeySecretRef: {name: n}\n",
           "- customAccessKey: \"" + key + "\n  customAccessKeySecret: \"" + secret + "\"\n",
       }) {
    INFO(list);
    const auto parsed = parse_list(list);
    CHECK_FALSE(parsed.diagnostics.empty());
    for (const auto& d : parsed.diagnostics) {
      CHECK(format_diagnostic(d).find(key) == std::string::npos);
      CHECK(format_diagnostic(d).find(secret) == std::string::npos);
    }
  }
}

TEST_CASE("service accounts: only a star is all of them") {
  CHECK(parse({{"service-account", "*"}}).settings.service_accounts.all);
  const auto named_all = parse({{"service-account", "all"}}).settings.service_accounts;
  CHECK_FALSE(named_all.all);
  CHECK(named_all.patterns == std::vector<std::string>{"all"});
  const auto globs = parse({{"service-account", "ci-*, default"}});
  CHECK(globs.diagnostics.empty());
  CHECK(globs.settings.service_accounts.patterns == std::vector<std::string>{"ci-*", "default"});
}

TEST_CASE("lists of names") {
  struct Row {
    const char* text;
    std::vector<std::string> names;
    FindingList findings;
  };
  const auto row = GENERATE(values<Row>({
      {"web\napi", {"web", "api"}, {}},
      {"web api", {"web", "api"}, {"warning blank-separator@1:5"}},
      {"- web\n- api\n", {"web", "api"}, {"warning list-instead-of-string@1:1"}},
      {"web # the shop", {"web"}, {"warning comment-in-value@1:5"}},
      {"web,a_b", {"web"}, {"error invalid-name@1:5"}},
      {"web,<name>", {"web"}, {"error placeholder@1:5"}},
      {"a_b", {}, {"error invalid-name@1:1"}},
      {",", {"default"}, {"warning no-names@1:1"}},
      {"[]", {"default"}, {"warning list-instead-of-string@1:1"}},
      {"Web", {"web"}, {"warning case-normalised@1:1"}},
      {"web.shop", {}, {"error invalid-name@1:1"}},
  }));
  INFO(row.text);
  const auto parsed = parse({{"watch-namespace", row.text}});
  CHECK(parsed.settings.watch_namespaces.patterns == row.names);
  CHECK(findings(parsed) == row.findings);
}

TEST_CASE("our own keys") {
  const auto parsed = parse({{"exclude-namespaces", "kube-*, legacy"},
                             {"namespace-selector", "team=web,!old"},
                             {"binding-mode", "Overwrite"},
                             {"webhook-configuration", "mode: policy\nfailure-policy: fail\ntimeout-seconds: 99\n"}});
  CHECK(parsed.settings.exclude_namespaces == std::vector<std::string>{"kube-*", "legacy"});
  CHECK(parsed.settings.namespace_selector == parse_label_selector("team=web,!old").value());
  CHECK(parsed.settings.binding_mode == BindingMode::Overwrite);
  CHECK(parsed.settings.webhook.mode == WebhookMode::Policy);
  CHECK(parsed.settings.webhook.failure_policy == FailurePolicy::Fail);
  CHECK(parsed.settings.webhook.timeout_seconds == 30);
  CHECK(findings(parsed) == FindingList{"warning case-normalised@2:17", "warning value-out-of-range@3:18"});
  CHECK(findings(parse({{"namespace-selector", "team in web"}})) == FindingList{"error invalid-selector@1:9"});
  CHECK(findings(parse({{"binding-mode", "merge"}})) == FindingList{"error invalid-value@1:1"});
  CHECK(findings(parse({{"webhook-configuration", "enable: maybe"}})) == FindingList{"error invalid-value@1:9"});
  CHECK(findings(parse({{"webhook-configuration", "- enable"}})) == FindingList{"error not-a-mapping@1:1"});
}

TEST_CASE("the threshold") {
  struct Row {
    const char* text;
    long seconds;
    FindingList findings;
  };
  const auto row = GENERATE(values<Row>({
      {"1h30m", 5400, {"warning value-out-of-range@1:1"}},
      {"\"20m\"", 1200, {"warning quoted-value@1:1"}},
      {"10 minutes", 600, {"warning duration-unit@1:1"}},
      {"10s", 60, {"warning value-out-of-range@1:1"}},
      {"15", 900, {"error invalid-duration@1:1"}},
      {"-15m", 900, {"error invalid-duration@1:1"}},
      {"99999999999999999999m", 900, {"error invalid-duration@1:1"}},
  }));
  INFO(row.text);
  const auto parsed = parse({{"expiring-threshold", row.text}});
  CHECK(parsed.settings.expiring_threshold.count() == row.seconds);
  CHECK(findings(parsed) == row.findings);
}

TEST_CASE("an unknown key near to an absent known one is an error in an edit only") {
  const Data misspelt{{"Watch_Namespac", "web"}};
  CHECK(findings(parse(misspelt, false)) == FindingList{"warning unknown-key@1:1"});
  CHECK(findings(parse(misspelt, true)) == FindingList{"error unknown-key@1:1"});
  CHECK(findings(parse({{"watch-namespaces", "web"}, {"watch-namespace", "web"}}, true)) ==
        FindingList{"warning unknown-key@1:1"});
  CHECK(findings(parse({{"readme", "web"}, {"rrsa", "enable: false"}}, true)) ==
        FindingList{"warning unknown-key@1:1"});
  CHECK(findings(parse({{"readme", "web"}}, true)) == FindingList{"error unknown-key@1:1"});
}

TEST_CASE("limits: all values together, the items, the findings") {
  CHECK(findings(parse_list(std::string(kMaxDataBytes + 1, '#'))) == FindingList{"error too-large@1:1"});
  const auto both = parse({{"service-account", "ci"}, {"watch-namespace", std::string(kMaxDataBytes, '#')}});
  CHECK(findings(both) == FindingList{"error too-large@1:1"});
  CHECK(both.settings.service_accounts.patterns == std::vector<std::string>{"ci"});
  CHECK(findings(parse({{"notify-email", std::string(kMaxDataBytes, 'x')}})).empty());

  std::string items;
  for (int i = 0; i < 10'001; ++i) items += "- {}\n";
  CHECK(findings(parse_list(items)) == FindingList{"error too-many-items@1:1"});
  std::string ids = "- instanceId: cri-0";
  for (int i = 1; i < 600; ++i) ids += ",cri-" + std::to_string(i);
  std::string lists;
  for (int i = 0; i < 20; ++i) lists += ids + "\n";
  const auto many_ids = parse_list(lists);
  CHECK(many_ids.list_unreadable);
  CHECK(many_ids.settings.instances.empty());
}

TEST_CASE("a hundred findings are listed, errors before others, and one more tells how many there are besides") {
  std::string names;
  for (int i = 0; i < 500; ++i) names += "UPPER" + std::to_string(i) + ",";
  const auto many = parse({{"watch-namespace", names + "a_b,c_d"}});
  REQUIRE(many.diagnostics.size() == 101);
  CHECK(format_diagnostics(many.diagnostics, Severity::Error).size() == 2);
  const auto& rest = *std::find_if(many.diagnostics.begin(), many.diagnostics.end(),
                                   [](const Diagnostic& d) { return d.code == "more-findings"; });
  CHECK(rest.severity == Severity::Warning);
  CHECK(rest.message == "402 more findings are not listed, the first of them here");

  std::string bad;
  for (int i = 0; i < 500; ++i) bad += "a_" + std::to_string(i) + ",";
  const auto errors = parse({{"watch-namespace", bad}});
  REQUIRE(errors.diagnostics.size() == 101);
  CHECK(errors.diagnostics.back().code == "more-findings");
  CHECK(errors.diagnostics.back().severity == Severity::Error);
  CHECK(errors.diagnostics.back().message == "400 more findings are not listed, the first of them here");
}

TEST_CASE("an item whose field was not understood is not taken for Personal Edition") {
  const auto* text =
      GENERATE("- {instanceIdd:cri-aaaa, regionId: cn-x}", "[{«instanceId»:«cri-a»}]", "[{instanceId=\"cri-a\"}]",
               "- {instanceId cri-a}", "- id: cri-a", "[{\"AcrInstanceInfo\":[{\"instanceId\":\"cri-a\"}]}]",
               "{\"AcrInstances\":[{\"instanceId\":\"cri-a\"}],\"watchNamespace\":\"web\"}",
               "{\"AcrInstanceInfos\":[{\"instanceId\":\"cri-a\"}],\"watchNamespace\":\"web\"}",
               "{\"acr-registry-info\":[{\"instanceId\":\"cri-a\"}],\"enableRRSA\":true}");
  INFO(text);
  const auto parsed = parse_settings({{"acr-registry-info", text}}, {}, {.default_region = "cn-hangzhou"});
  CHECK(parsed.has_errors());
  CHECK(parsed.settings.instances.empty());
  CHECK(parsed.list_unreadable);
}

TEST_CASE("the value of an unknown field that is glued to it is not told") {
  const auto parsed = parse_settings(
      {{"acr-registry-info", "- {customAcesKeySecret:hunter2secret, instanceId: cri-a, customAccessKey: k}"}}, {}, {});
  REQUIRE(parsed.has_errors());
  for (const auto& finding : parsed.diagnostics) CHECK(format_diagnostic(finding).find("hunter2") == std::string::npos);
}

TEST_CASE("SEC-5: findings quote no access key") {
  const auto* text = GENERATE("- instanceId: cri-a\n  \"customAccessKeySecret:hunter2secret\": x",
                              "- instanceId: cri-a\n  domains: \"a.example.com customAccessKeySecret:hunter2secret\"",
                              "- instanceId: LTAIhunter2secret");
  const auto parsed = parse_settings({{"acr-registry-info", text}}, {}, {});
  CHECK_FALSE(parsed.diagnostics.empty());
  for (const auto& finding : parsed.diagnostics) CHECK(format_diagnostic(finding).find("hunter2") == std::string::npos);
}

TEST_CASE("switches that were not understood are not taken for off") {
  const auto* text = GENERATE("webhook:\n  enable: true\n", "{enabl:true, timeout-seconds: 3}");
  const auto parsed = parse_settings({{"webhook-configuration", text}}, {}, {});
  CHECK(parsed.has_errors());
}

TEST_CASE("two strings where one access key belongs are not joined") {
  CHECK(parse_settings({{"acr-registry-info", "- customAccessKey: \"a\",\"b\"\n  customAccessKeySecret: c\n"}}, {}, {})
            .has_errors());
}

TEST_CASE("a finding is one line") {
  const Diagnostic d{.severity = Severity::Error,
                     .code = "c",
                     .key = "rrsa",
                     .line = 3,
                     .column = 5,
                     .message = "bad",
                     .hint = "do it"};
  CHECK(format_diagnostic(d) == "rrsa line 3 column 5: bad; do it");
}

}  // namespace
}  // namespace acr::config
