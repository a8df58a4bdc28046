// SPDX-License-Identifier: Apache-2.0
// The report that people read, and that nothing secret is in it.
#include <catch2/catch.hpp>

#include "common/base/text.hpp"
#include "common/config/mask.hpp"
#include "controller/config_check/print.hpp"

namespace acr::controller {
namespace {

using config::mask_access_keys;
using config::mask_line;

constexpr const char* kKeyId = "EXAMPLEKEYID0001";
constexpr const char* kKeySecret = "example-secret-0001";

ConfigMapFile parse(std::string_view text) {
  return parse_config_map_file(text, {.namespace_ = "kube-system", .name = "acr-configuration"}).value();
}

std::string print(std::string_view text) {
  const auto file = parse(text);
  return print_text(judge(file, std::nullopt, "cn-hangzhou"), file, "acr.yaml");
}

std::string replace_keys(std::string text) {
  for (const auto& [word, value] : {std::pair{"@ID", kKeyId}, std::pair{"@SECRET", kKeySecret}}) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word)) {
      text.replace(at, std::string_view(word).size(), value);
    }
  }
  return text;
}

TEST_CASE("a finding is printed as a compiler does it") {
  CHECK(print("data:\n"
              "  acr-registry-info: |\n"
              "    - instanceId: <cri-instanceId>\n"
              "      regionId: cn-hangzhou\n") ==
        "acr.yaml:3:19: error: a placeholder was left in instanceId [acr-registry-info]\n"
        "    - instanceId: <cri-instanceId>\n"
        "                  ^\n"
        "  hint: replace it by the real value\n"
        "where nothing is in force yet, the good parts would be used until it is corrected:\n"
        "  namespaces       default\n"
        "  ServiceAccounts  default\n"
        "  binding          our entry besides those of others\n"
        "  instances        none\n"
        "  webhook          off\n"
        "  renewal          15m before a login ends\n"
        "acr.yaml: rejected: 1 error, 0 warnings\n");
}

TEST_CASE("a good file is told in what it means") {
  CHECK(print("watch-namespace: web\n") ==
        "  namespaces       web\n"
        "  ServiceAccounts  default\n"
        "  binding          our entry besides those of others\n"
        "  instances        Personal Edition in cn-hangzhou, all its domains\n"
        "  webhook          off\n"
        "  renewal          15m before a login ends\n"
        "acr.yaml: accepted: 0 errors, 0 warnings\n");
}

TEST_CASE("the meaning names every part that was configured") {
  const auto report = print(
      "data:\n"
      "  service-account: '*'\n"
      "  watch-namespace: 'a,b,c,d,e,f,g,h,i,j,k,l'\n"
      "  exclude-namespaces: 'k,l'\n"
      "  namespace-selector: 'team!=test'\n"
      "  binding-mode: overwrite\n"
      "  expiring-threshold: 10m\n"
      "  acr-registry-info: |\n"
      "    - instanceId: cri-one\n"
      "      regionId: cn-shanghai\n"
      "      domains: a.example.com,b.example.com\n"
      "    - instanceId: cri-two\n"
      "      domains: c.example.com\n"
      "  webhook-configuration: |\n"
      "    enable: true\n"
      "    timeout-seconds: 5\n");
  CHECK(report ==
        "  namespaces       a, b, c, d, e, f, g, h, i, j and 2 more, except k, l, only with labels team notin (test)\n"
        "  ServiceAccounts  every one of these namespaces\n"
        "  binding          our entry alone (overwrite)\n"
        "  instances        cri-one in cn-shanghai, 2 domains\n"
        "                   cri-two in cn-hangzhou, 1 domain\n"
        "  webhook          on, failure policy Ignore, timeout 5 s\n"
        "  renewal          10m before a login ends\n"
        "acr.yaml: accepted: 0 errors, 0 warnings\n");
}

TEST_CASE("the meaning tells by whose right each login is fetched, and no key") {
  const auto report = print(
      "data:\n"
      "  expiring-threshold: 45m\n"
      "  rrsa: 'enable: true'\n"
      "  acr-registry-info: |\n"
      "    - instanceId: cri-1\n"
      "      customAccessKeySecretRef: {name: other-account}\n"
      "      assumeRoleARN: acs:ram::1:role/pull\n"
      "    - instanceId: cri-2\n"
      "      customAccessKey: EXAMPLEKEYID0001\n"
      "      customAccessKeySecret: example-secret-0001\n"
      "    - instanceId: cri-3\n"
      "      rrsaRoleARN: acs:ram::1:role/rrsa\n"
      "      rrsaOIDCProviderRoleARN: acs:ram::1:oidc-provider/p\n"
      "      customAccessKeySecretRef: {name: other-account}\n");
  INFO(report);
  CHECK_THAT(report, Catch::Contains("all its domains, by the access key in Secret other-account, assuming "
                                     "acs:ram::1:role/pull\n"));
  CHECK_THAT(report, Catch::Contains("cri-2 in cn-hangzhou, all its domains, by the access key of the item\n"));
  CHECK_THAT(report, Catch::Contains("cri-3 in cn-hangzhou, all its domains, by RRSA as acs:ram::1:role/rrsa\n"));
  CHECK_THAT(report, Catch::Contains("warning: customAccessKeySecretRef has no effect beside rrsaRoleARN"));
  CHECK_THAT(report, Catch::Contains("  renewal          30m before a login of 1h ends\n"));
  CHECK(report.find("EXAMPLEKEY") == std::string::npos);
  CHECK(report.find("example-secret") == std::string::npos);
}

TEST_CASE("a file that the API server refuses means nothing, and a rejected edit leaves what was before") {
  CHECK(print("watch-namespace: [web]\n").find("ServiceAccounts") == std::string::npos);
  const auto file = parse("binding-mode: replace\n");
  const auto report = print_text(judge(file, parse("watch-namespace: web\n"), "cn-hangzhou"), file, "acr.yaml");
  CHECK_THAT(report, Catch::EndsWith("the configuration before stays in force, unchanged\n"
                                     "acr.yaml: rejected: 1 error, 0 warnings\n"));
}

TEST_CASE("each error is told on one line too, with its place in the file") {
  const auto file = parse("data:\n  watch-namespace: all\n  rrsa: {enable: true}\n");
  CHECK(list_errors(judge(file, std::nullopt, "cn-hangzhou"), file, "acr.yaml") ==
        std::vector<std::string>{"acr.yaml:3:3: error: rrsa holds a mapping, but the values of a ConfigMap are text "
                                 "[rrsa]; write \"rrsa: |\""});
}

TEST_CASE("every finding has its place in the file, for what shows it there") {
  const auto file = parse("data:\n  watch-namespace: all\n  rrsa: {enable: true}\n");
  const auto report = print_json(judge(file, std::nullopt, "cn-hangzhou"), file);
  CHECK_THAT(report, Catch::Contains(R"("line":1,"column":1,"file_line":2,"file_column":20)"));
  CHECK_THAT(report, Catch::Contains(R"("column":3,"file_line":3,"file_column":3)"));
}

TEST_CASE("lines named in a hint are lines of the file") {
  const auto report =
      print("# ConfigMap\n\ndata:\n  acr-registry-info: |\n    - instanceId: cri-a\n      instanceId: cri-b\n");
  INFO(report);
  CHECK(report.find("is a \"-\" missing at line 6?") != std::string::npos);
}

TEST_CASE("the caret stands under the place behind wide characters and tabs") {
  const auto report = print("watch-namespace: \"web\"\nservice-account: \"默认，ci\"\n");
  INFO(report);
  CHECK(report.find("service-account: \"默认，ci\"\n                  ^\n") != std::string::npos);
}

TEST_CASE("SEC-5: no access key is shown, whether the text parses or not") {
  const auto* form = GENERATE(
      "acr-registry-info: |\n  - instanceId: <x>\n    customAccessKey: @ID\n    customAccessKeySecret: @SECRET\n",
      "acr-registry-info: |\n  - customAccessKey: \"@ID\" // x\n    customAccessKeySecret: \"@SECRET\" // y\n",
      "acr-registry-info: |\n  - customAccessKey: \"@ID\n    customAccessKeySecret: '@SECRET\n    regionId: \"x\"\n",
      "acr-registry-info: |\n  - customAccessKey: \"@ID\"@SECRET\n",
      "acr-registry-info: |\n  - customAccessKey:\n      @ID\n    customAccessKeySecret: >-\n      @SECRET\n    "
      "regionId: <x>\n",
      "acr-registry-info: |\n  - customAccessKeySecret: @ID\n      @SECRET\n    regionId: <x>\n",
      "acr-registry-info: |\n\t- customAccessKey：@ID\n\tcustom_access_key_secret = @SECRET\n",
      "acr-registry-info: "
      "'[{\"customAccessKey\":\"@ID\",\"customAccessKeySecret\":\"@SECRET\",\"regionId\":\"<x>\"}]'\n",
      R"({"acr-registry-info":"[{\"customAccessKey\":\"@ID\",\"customAccessKeySecret\":\"@SECRET\",\"regionId\":\"<x>\"}"})",
      R"({"acr-registry-info":"\"[{\\\"customAccessKey\\\":\\\"@ID\\\",\\\"customAccessKeySecret\\\":\\\"@SECRET\\\"}\""})",
      "data:\n  acr-registry-info:\n  - customAccessKey: @ID\n    customAccessKeySecret: @SECRET\n",
      "data:\n   a: b\n    customAccessKey: @ID\n  customAccessKeySecret:@SECRET\n",
      "acr-registry-info: |\n  - {customAccessKey: @ID, customAccessKeySecret: @SECRET, regionId: <x>}\n",
      "acr-registry-info: |\n  - customAcessKeySecret: @SECRET\n    customAccesKey: @ID\n    regionId: <x>\n",
      "acr-registry-info: |\n  - customAccessKySecret: @SECRET\n    custom.accessKey.secret: @SECRET\n    regionId: "
      "<x>\n",
      "acr-registry-info: |\n  - AK: @ID\n    SK: @SECRET\n    accessSecret: @SECRET\n    regionId: <x>\n",
      "acr-registry-info: |\n  - customAccessKey:\n      id: @ID\n      secret: @SECRET\n    regionId: <x>\n",
      "acr-registry-info: |\n  - customAccessKeySecret:\n    - value: @SECRET\n",
      "acr-registry-info: |\n  - customAccessKeySecretRef:\n      secret: @SECRET\n    regionId: <x>\n",
      "acr-registry-info: |\n  - customAccessKeySecret \"@SECRET\"\n    customAccessKey; @ID\n    regionId: <x>\n",
      "acr-registry-info: |\n  - customAccessKeySecret﹕@SECRET\n    regionId: <x>\n",
      "acr-registry-info: |\n  - customAccessKeySecret: \"a\",\"@SECRET\"\n    regionId: <x>\n",
      "acr-registry-info: |\n  - customAccessKeySecret: \"abc\" @SECRET\"\n    regionId: <x>\n",
      "acr-registry-info: |\n  - customAccessKeySecret: ab //@SECRET\n    regionId: <x>\n",
      R"({"acr-registry-info":"[{\"customAccessKey\\u0053ecret\":\"@SECRET\",\"regionId\":\"<x>\"}]"})",
      "customAccessKeySecret: 1234567890123\nacr-registry-info: x\n",
      "kind: ConfigMap\ndata:\n  registryPassword: @SECRET\n  watch-namespace: <x>\n",
      "kind: ConfigMap\ndata:\n  token: |\n    @SECRET\n    @ID\n  watch-namespace: <x>\n",
      "acr-registry-info: |\n  - customAccessKeySecretRef: @ID\n    regionId: <x>\n",
      "acr-registry-info: |\n  - customAccessKeySecretRef: {name: @ID}\n    pwd: @SECRET\n",
      "acr-registry-info: |\n  - domains: https://user:@SECRET@a.example.com\n",
      "acr-registry-info: |\n  - 密码: @SECRET\n    regionId: <x>\n");
  const auto text = replace_keys(form);
  const auto file = parse(text);
  const auto judgement = judge(file, std::nullopt, "cn-hangzhou");
  const auto report = print_text(judgement, file, "acr.yaml") + print_json(judgement, file);
  INFO(form << "\n" << report);
  CHECK(report.find(kKeyId) == std::string::npos);
  CHECK(report.find(kKeySecret) == std::string::npos);
  CHECK(report.find("1234567890123") == std::string::npos);
  CHECK((judgement.accepted || !judgement.findings.empty()));
}

TEST_CASE("SEC-5: the id of an access key is shown nowhere, in whatever case and place") {
  const auto* id = GENERATE("LTAI5tAbCdEfGh12", "ltai5tabcdefgh12");
  const auto* form = GENERATE("watch-namespace: web, @\n", "service-account: '@,@'\nwatch-namespace: <x>\n",
                              "acr-registry-info: |\n  - instanceId: @\n    domains: @.Example.com\n",
                              "watch-namespace: web\n@: x\n", "watch-namespace: web\nwatch_@: [a]\n",
                              "kind: ConfigMap\n@: x\ndata: {watch-namespace: web, @: 1, '@': 2}\n");
  std::string text(form);
  for (auto at = text.find('@'); at != std::string::npos; at = text.find('@')) text.replace(at, 1, id);
  const auto file = parse(text);
  const auto judgement = judge(file, std::nullopt, "cn-hangzhou");
  const auto report = to_lower(print_text(judgement, file, "acr.yaml") + print_json(judgement, file));
  INFO(report);
  // In lower case it is a name like others.
  CHECK((*id == 'l' || !judgement.findings.empty()));
  CHECK(report.find("ltai5t") == std::string::npos);
}

TEST_CASE("an unknown key that looks like an access key is still found in the file") {
  const auto file = parse("watch-namespace: web\nLTAI5tAbCdEfGh12: x\n");
  const auto judgement = judge(file, std::nullopt, "cn-hangzhou");
  REQUIRE(judgement.findings.size() == 1);
  CHECK(judgement.findings[0].diagnostic.key == "***");
  CHECK(judgement.findings[0].in_file.line == 2);
}

TEST_CASE("what is no access key stays readable") {
  const auto lines =
      mask_access_keys("customAccessKey: \"a b\" # why\nregionId: cn-hangzhou\ncustomAccessKeySecretRef: {name: n}\n");
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].text == "customAccessKey: \"***\" # why");
  CHECK(lines[0].place(24) == 24);
  CHECK(lines[0].place(18) == 18);
  CHECK(lines[0].text.substr(lines[0].place(23)) == "# why");
  CHECK(lines[1].text == "regionId: cn-hangzhou");
  CHECK(lines[2].text == "customAccessKeySecretRef: {name: n}");
  CHECK(mask_line("key LTAI5tExampleExample1 of 1") == "key *** of 1");
}

}  // namespace
}  // namespace acr::controller
