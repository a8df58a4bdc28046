// SPDX-License-Identifier: Apache-2.0
// SEC-5: what may be shown of a configuration, and what not.
#include "common/config/mask.hpp"

#include <catch2/catch.hpp>

#include "common/base/text.hpp"
#include "common/config/secret_name.hpp"
#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

std::string show(std::string_view text) {
  std::string shown;
  for (const auto& line : mask_access_keys(text)) shown += line.text + "\n";
  return shown;
}

TEST_CASE("the value of a field that sounds secret is masked, in whatever spelling and language") {
  const std::string name = GENERATE(
      "pwd", "Passwd", "pass", "dbPass", "token", "registry_token", "AKSK", "akId", "my-sk", "credential",
      "Credentials", "auth", "dockerAuth", "key", "API_KEY", "secret", "clientSecret", "custom.access.key", "secretKey",
      "passphrase", ".dockerconfigjson", "密码", "访问密钥", "令牌", "パスワード", "пароль", "\\u5bc6\\u7801");
  CHECK(is_secret(judge_secrecy(name)));
  const std::string form = GENERATE("- instanceId: cri-a\n  @: hunter2x\n", "@: \"hunter2x\"", "{\"@\":\"hunter2x\"}",
                                    "  @：hunter2x", "@ = hunter2x", "@:hunter2x", "- {instanceId: cri-a, @: hunter2x}",
                                    "{\\\"@\\\": \\\"hunter2x\\\"}", "@:\n  hunter2x", "@: |\n  hunter2x");
  auto text = form;
  text.replace(text.find('@'), 1, name);
  INFO(text << "\n" << show(text));
  CHECK(show(text).find("hunter2x") == std::string::npos);
  CHECK(mask_line(text).find("hunter2x") == std::string::npos);
}

TEST_CASE("a word that is none of a secret's name hides nothing") {
  for (const std::string line :
       {"- instanceId: cri-a", "regionId: cn-hangzhou", "service-account: keycloak,ci",
        "watch-namespace: monkey;turkey", "domains: auth.example.com:5000,token.example.com:443",
        "# the key of the shop is elsewhere", "task: x", "notify-email: ops@example.com",
        "domains: https://a.example.com/x", "customAccessKeySecretRef: {name: n}",
        "customAccessKeySecretRef: my-secret # why",
        R"({"customAccessKeySecretRef":{"name":"n"},"regionId":"cn-A"})"}) {
    CHECK(show(line) == line + "\n");
  }
}

TEST_CASE("the key itself in the place of the name of its Secret is masked") {
  const std::string secret = GENERATE("Wjalr0UtnFEMI", "ab+cd/ef==", "LTAI5tAbCdEfGh12", "a_b_c_d");
  const std::string form =
      GENERATE("customAccessKeySecretRef: @", "customAccessKeySecretRef: {name: @}", "customAccessKeySecretRef: {@}",
               "customAccessKeySecretRef:\n  name: @", "  customAccessKeySecretRef:\n    @\n", "secretName: '@'",
               "- customAccessKeySecretRef: n\n    @\n  regionId: x", "{\"customAccessKeySecretRef\":{\"name\":\"@\"}}",
               "customAccessKeySecretRef.name: @", "passwordRef=@", "customAccessKeySecretRef: {name: n, key: @}",
               "customAccessKeySecretRef: >-\n  @");
  auto text = form;
  text.replace(text.find('@'), 1, secret);
  INFO(text << "\n" << show(text));
  CHECK(show(text).find(secret) == std::string::npos);
  CHECK(show(text).find("name: n,") == text.find("name: n,"));
}

TEST_CASE("what stands before the @ of a URL is masked") {
  const std::string text =
      GENERATE("domains: https://user:hunter2x@a.example.com", "domains: https://hunter2x@a.example.com/x",
               "domains: user:hunter2x@a.example.com", "domains: https://user:p@ss,hunter2x@a.example.com",
               "domains: https://user:p hunter2x@a.example.com,https://b.example.com",
               R"({"domains":"https://user:hunter2x@a.example.com"})", "a b.example.com https://u:hunter2x@c");
  INFO(show(text));
  CHECK(show(text).find("hunter2x") == std::string::npos);
  CHECK(mask_line(text).find("hunter2x") == std::string::npos);
  CHECK(show(text).find("example.com") != std::string::npos);
}

TEST_CASE("nothing of a user and password in a host is quoted") {
  for (const auto& domains :
       std::vector<std::string>{"https://user:hunter2x@a.example.com", "user:hunter2x@a.example.com",
                                "https://user:p,hunter2x@a.example.com", "https://user:p hunter2x@a.example.com",
                                "https://u:" + std::string(90, 'h') + "unter2x@a.example.com"}) {
    const auto parsed = parse_list("- instanceId: cri-a\n  domains: " + domains + "\n");
    CHECK(parsed.has_errors());
    for (const auto& d : parsed.diagnostics) {
      INFO(format_diagnostic(d));
      CHECK(format_diagnostic(d).find("unter") == std::string::npos);
      CHECK(format_diagnostic(d).find("hhhh") == std::string::npos);
      CHECK(format_diagnostic(d).find("user:") == std::string::npos);
    }
  }
}

TEST_CASE("a secret that stands where a name or field belongs is not quoted, nor is it shown as a part of a value") {
  for (const auto& data : std::vector<Data>{
           {{"watch-namespace", "customAccessKeySecret: hunter2zz_"}},
           {{"watch-namespace", "password: hunter2zz"}},
           {{"service-account", "ci, token: Hunter2zz"}},
           {{"exclude-namespaces", "password = hunter2zz_,b"}},
           {{"acr-registry-info", "- instanceId: cri-a\n  customAccessKeySecret: a\n   hunter2zz: c\n"}},
           {{"acr-registry-info", "- instanceId: cri-a\n  domains: 'customAccessKeySecret: Hunter2zz'\n"}},
           {{"acr-registry-info", "- instanceId: 'password: hunter2zz'\n"}},
           {{"acr-registry-info", "- instanceId: cri-a\n  regionId: 'token: Hunter2zz'\n"}},
       }) {
    const auto parsed = parse(data);
    const auto& [key, value] = *data.begin();
    INFO(key << ": " << value);
    CHECK(parsed.has_errors());
    for (const auto& d : parsed.diagnostics) CHECK(to_lower(format_diagnostic(d)).find("hunter2") == std::string::npos);
    for (const auto& line : mask_value_of(key, value)) CHECK(to_lower(line.text).find("hunter2") == std::string::npos);
    for (const auto* patterns : {&parsed.settings.watch_namespaces, &parsed.settings.service_accounts}) {
      for (const auto& name : patterns->patterns) CHECK(name.find("hunter2") == std::string::npos);
    }
  }
}

TEST_CASE("the value of a data key that sounds secret is masked as a whole") {
  const auto lines = mask_value_of("registry-password", "hunter2x\n\nmore");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].text == "***");
  CHECK(lines[1].text.empty());
  CHECK(lines[2].text == "***");
  CHECK(mask_value_of("watch-namespace", "web").front().text == "web");
}

TEST_CASE("no line costs the square of its length") {
  for (const std::string piece : {"://", "a:", "：", "key ", "key:", "LTAI", ",\"", "Ref: {"}) {
    std::string text;
    while (text.size() < 40'000) text += piece;
    CHECK(mask_access_keys(text).size() == 1);
  }
}

TEST_CASE("a pasted access key is told what it is, at each place that takes no key") {
  const std::string key = GENERATE("LTAI5tAbCdEfGh12", "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2");
  const auto data = GENERATE_COPY(values<Data>({
      {{"acr-registry-info", "- instanceId: " + key}},
      {{"acr-registry-info", "- instanceId: cri-a\n  regionId: " + key}},
      {{"acr-registry-info", "- instanceId: cri-a\n  domains: " + key}},
      {{"acr-registry-info", "- instanceId: cri-a\n  assumeRoleARN: " + key}},
      {{"acr-registry-info", "- instanceId: cri-a\n  expireDuration: " + key}},
      {{"acr-registry-info", "- instanceId: cri-a\n  customAccessKeySecretRef: " + key}},
      {{"acr-registry-info", "- instanceId: cri-a\n  customAccessKeySecretRef: {name: " + key + "}"}},
      {{"watch-namespace", key}},
      {{"service-account", "web," + key}},
      {{"exclude-namespaces", key}},
      {{"namespace-selector", key}},
      {{"namespace-selector", "team=" + key}},
      {{"binding-mode", key}},
      {{"expiring-threshold", key}},
      {{"notify-email", key}},
      {{"acr-api-version", key}},
  }));
  const auto parsed = parse(data);
  std::size_t told = 0;
  for (const auto& d : parsed.diagnostics) {
    CHECK(format_diagnostic(d).find(key) == std::string::npos);
    if (d.code != "access-key") continue;
    ++told;
    CHECK(d.severity == Severity::Error);
    CHECK(d.hint.find("customAccessKeySecretRef") != std::string::npos);
    CHECK(d.hint.find("rotate") != std::string::npos);
  }
  INFO(data.begin()->first << ": " << data.begin()->second);
  CHECK(told == 1);
}

TEST_CASE("the halves of an access key that changed places are told") {
  const auto parsed =
      parse_list("- instanceId: cri-a\n  customAccessKey: x\n  customAccessKeySecret: LTAI5tAbCdEfGh12\n");
  CHECK(findings(parsed) == FindingList{"error access-key@3:26"});
}

TEST_CASE("a field that may name a role, or another Secret, is not ignored") {
  for (const std::string field :
       {"roleARN: acs:ram::1:role/x", "role: x", "ramRoleARN: x", "assumeRamRoleARN: x", "oidcProvider: x", "arn: x",
        "identity: acs:ram::1:role/x", "customAccessKeySecretRef: {name: n, namespace: other}",
        "customAccessKeySecretRef:\n    namespace: other"}) {
    const auto parsed = parse_list("- instanceId: cri-a\n  " + field + "\n");
    INFO(field);
    CHECK(parsed.has_errors());
    CHECK(parsed.settings.instances.empty());
  }
  CHECK(findings(parse_list("- instanceId: cri-a\n  comment: x\n")) == FindingList{"warning unknown-field@2:3"});
}

TEST_CASE("a field that was to hold an identity is not ignored") {
  for (const std::string name : {"accessKeyId", "accessKeySecret", "AK", "secretName", "password", "token", "密钥"}) {
    const auto parsed = parse_list("- instanceId: cri-a\n  " + name + ": x\n");
    INFO(name);
    CHECK(findings(parsed) == FindingList{"error unknown-field@2:3"});
    CHECK(parsed.diagnostics.at(0).hint.find("customAccessKeySecretRef") != std::string::npos);
  }
  CHECK(findings(parse_list("- instanceId: cri-a\n  comment: x\n")) == FindingList{"warning unknown-field@2:3"});
}

}  // namespace
}  // namespace acr::config
