// SPDX-License-Identifier: Apache-2.0
// An accepted edit that takes something away is told what.
#include "controller/config_check/edit_losses.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "common/config/parse.hpp"
#include "controller/config_check/print.hpp"

namespace acr::controller {
namespace {

using Data = std::map<std::string, std::string>;

config::Settings parse(const Data& data) {
  auto parsed = config::parse_settings(data, {}, {.default_region = "cn-hangzhou", .configuration_in_force = false});
  REQUIRE_FALSE(parsed.has_errors());
  return std::move(parsed.settings);
}

std::vector<std::string> losses(const Data& before, const Data& after) {
  std::vector<std::string> told;
  for (const auto& loss : find_losses(parse(before), parse(after)))
    told.push_back(loss.diagnostic.key + ": " + loss.diagnostic.message);
  return told;
}

TEST_CASE("a scope that shrinks is told, with what remains") {
  struct Row {
    Data before;
    Data after;
    std::vector<std::string> told;
  };
  const auto row = GENERATE(values<Row>({
      {{{"watch-namespace", "all"}},
       {{"watch-namespace", "al"}},
       {"watch-namespace: every namespace was covered, now only: al"}},
      {{{"watch-namespace", "web,shop"}},
       {{"watch-namespace", ""}},
       {"watch-namespace: no longer covered: web, shop (now covered: default)"}},
      {{{"watch-namespace", "web,shop"}},
       {{"watch-namespace", "web,show"}},
       {"watch-namespace: no longer covered: shop (now covered: web, show)"}},
      {{{"watch-namespace", "team-*"}},
       {{"watch-namespace", "team-a"}},
       {"watch-namespace: no longer covered: team-* (now covered: team-a)"}},
      {{{"watch-namespace", "team-a"}}, {{"watch-namespace", "team-*"}}, {}},
      {{{"watch-namespace", "web"}}, {{"watch-namespace", "all"}}, {}},
      {{{"service-account", "*"}},
       {{"service-account", "default"}},
       {"service-account: every ServiceAccount of the watched namespaces was covered, now only: default"}},
      {{{"watch-namespace", "all"}},
       {{"watch-namespace", "all"}, {"exclude-namespaces", "web"}},
       {"exclude-namespaces: excluded from now on: web"}},
      {{{"watch-namespace", "shop"}}, {{"watch-namespace", "shop"}, {"exclude-namespaces", "web"}}, {}},
      {{{"namespace-selector", "a=b"}},
       {{"namespace-selector", "a=c"}},
       {"namespace-selector: covered are only namespaces with labels a in (c) from now on"}},
      {{{"namespace-selector", "a=b"}}, {}, {}},
      {{},
       {{"namespace-selector", "a=b"}},
       {"namespace-selector: covered are only namespaces with labels a in (b) from now on"}},
      {{{"watch-namespace", "team-a*"}}, {{"watch-namespace", "team-*"}}, {}},
      {{{"watch-namespace", "web,shop"}, {"exclude-namespaces", "sh*"}}, {{"watch-namespace", "web"}}, {}},
      {{{"watch-namespace", "shop,web"}}, {{"watch-namespace", "shop,web"}, {"exclude-namespaces", "kube-*"}}, {}},
      {{{"watch-namespace", "shop,kube-a"}},
       {{"watch-namespace", "shop,kube-a"}, {"exclude-namespaces", "kube-*"}},
       {"exclude-namespaces: excluded from now on: kube-*"}},
      {{{"watch-namespace", "team-*"}}, {{"watch-namespace", "team-*"}, {"exclude-namespaces", "kube-*"}}, {}},
      {{{"watch-namespace", "all"}, {"exclude-namespaces", "kube-*"}},
       {{"watch-namespace", "all"}, {"exclude-namespaces", "kube-*,kube-system"}},
       {}},
      {{},
       {{"binding-mode", "overwrite"}},
       {"binding-mode: the entries of others leave imagePullSecrets of every covered ServiceAccount"}},
      {{{"binding-mode", "overwrite"}}, {}, {}},
      {{{"webhook-configuration", "enable: true"}},
       {{"webhook-configuration", "enable: false"}},
       {"webhook-configuration: the webhook is switched off: a new ServiceAccount is bound by the controller a moment "
        "after its creation"}},
  }));
  CHECK(losses(row.before, row.after) == row.told);
}

TEST_CASE("a login that goes is told") {
  const auto list = [](const char* text) { return Data{{"acr-registry-info", text}}; };
  CHECK(losses(list("- instanceId: cri-a\n- instanceId: cri-b"), list("")) ==
        std::vector<std::string>{"acr-registry-info: cri-a in cn-hangzhou is no longer listed",
                                 "acr-registry-info: cri-b in cn-hangzhou is no longer listed"});
  CHECK(losses(list("- instanceId: cri-a\n  domains: a.com,b.com"), list("- instanceId: cri-a\n  domains: b.com")) ==
        std::vector<std::string>{"acr-registry-info: a.com of cri-a in cn-hangzhou is no longer listed"});
  CHECK(losses(list("- instanceId: cri-a"), list("- instanceId: cri-a\n  domains: b.com")) ==
        std::vector<std::string>{
            "acr-registry-info: all hosts of cri-a in cn-hangzhou were covered, now only those in domains"});
  CHECK(losses(list("- instanceId: cri-a\n  domains: b.com"), list("- instanceId: cri-a")).empty());
  const auto implicit = find_losses(parse({}), parse(list("- instanceId: cri-a")));
  REQUIRE(implicit.size() == 1);
  CHECK(implicit[0].diagnostic.severity == config::Severity::Info);
}

TEST_CASE("a login that comes from another identity is told; a rotated key is not another identity") {
  const auto item = [](const std::string& fields) {
    return Data{{"acr-registry-info", "- instanceId: cri-a\n" + fields}};
  };
  const auto role = item("  assumeRoleARN: acs:ram::1:role/p\n");
  CHECK(losses(role, item("")) ==
        std::vector<std::string>{
            "acr-registry-info: the login of cri-a in cn-hangzhou comes from another identity: before by the "
            "controller's own right, assuming acs:ram::1:role/p; now by the controller's own right"});
  CHECK(losses(role, item("  assumeRoleARN: acs:ram::2:role/p\n")).size() == 1);
  CHECK(losses(item(""), item("  customAccessKeySecretRef: {name: k}\n")).size() == 1);
  CHECK(losses(role, role).empty());
  const auto key = [&item](const std::string& secret) {
    return item("  customAccessKey: EXAMPLEKEYID0001\n  customAccessKeySecret: " + secret + "\n");
  };
  CHECK(losses(key("a"), key("b")).empty());
}

TEST_CASE("a selector shrinks the scope only if it leaves something out") {
  struct Row {
    const char* before;
    const char* after;
    bool shrinks;
  };
  const auto row = GENERATE(values<Row>({
      {"a=b,c=d", "a=b", false},
      {"a=b", "a=b,c=d", true},
      {"a=b", "a in (b,c)", false},
      {"a in (b,c)", "a=b", true},
      {"a in (b,c),a!=c", "a=b", false},
      {"a=b", "a!=c", false},
      {"a=b", "a", false},
      {"a", "a=b", true},
      {"a!=b,a!=c", "a!=b", false},
      {"a notin (b,c)", "a notin (c,d)", true},
      {"!a", "a!=b", false},
      {"!a", "a", true},
      {"a=b,!a", "z=y", false},  // it matched nothing
      {"a=b", "a == b", false},
  }));
  INFO(row.before << " -> " << row.after);
  CHECK(losses({{"namespace-selector", row.before}}, {{"namespace-selector", row.after}}).empty() != row.shrinks);
}

TEST_CASE("a loss stands at its key in the file, and only if the edit is accepted") {
  const ConfigMapName name{.namespace_ = "kube-system", .name = "acr-configuration"};
  const auto read = [&name](std::string_view text) { return parse_config_map_file(text, name).value(); };
  const auto previous = read("watch-namespace: all\n");
  const auto judgement = judge(read("rrsa: 'enable: false'\nwatch-namespace: al\n"), previous, "cn-hangzhou");
  CHECK(judgement.accepted);
  REQUIRE(judgement.findings.size() == 1);
  CHECK(judgement.findings[0].diagnostic.code == "scope-shrinks");
  CHECK(judgement.findings[0].in_file.line == 2);
  CHECK(judgement.findings[0].in_file.column == 18);
  const auto broken = judge(read("rrsa: 'enable: x'\nwatch-namespace: al\n"), previous, "cn-hangzhou");
  REQUIRE(broken.findings.size() == 1);
  CHECK(broken.findings[0].diagnostic.code == "invalid-value");
  const auto managed = judge(read("watchNamespace: al\n"), previous, "cn-hangzhou");
  CHECK(managed.accepted);
  CHECK(managed.findings.size() == 2);
}

TEST_CASE("a loss stands where its key is written, under whatever name, and at its item") {
  const ConfigMapName name{.namespace_ = "kube-system", .name = "acr-configuration"};
  const auto read = [&name](std::string_view text) { return parse_config_map_file(text, name).value(); };
  const auto find = [&](const char* before, const char* after, std::string_view code) {
    const auto judgement = judge(read(after), read(before), "cn-hangzhou");
    INFO(after);
    REQUIRE(judgement.accepted);
    const auto found = std::find_if(judgement.findings.begin(), judgement.findings.end(),
                                    [code](const Finding& finding) { return finding.diagnostic.code == code; });
    REQUIRE(found != judgement.findings.end());
    CHECK_THAT(found->diagnostic.message, !Catch::Contains("is not in the file"));
    return found->in_file;
  };
  const auto* all = "watch-namespace: all\n";
  CHECK(find(all, "watch-namespace: all\nexcludeNamespaces: web\n", "scope-shrinks").line == 2);
  CHECK(find(all, "watch-namespace: all\nExclude_Namespaces: web\n", "scope-shrinks").line == 2);
  const auto inside = find(all,
                           "acr-registry-info: |\n  {\"AcrInstanceInfo\": [{\"instanceId\": \"cri-a\"}],\n"
                           "   \"watchNamespace\": \"web\"}\n",
                           "scope-shrinks");
  CHECK(inside.line == 3);
  const auto* two = "acr-registry-info: |\n  - instanceId: cri-88\n  - instanceId: cri-8\n    domains: a.com,b.com\n";
  const auto item =
      find(two, "acr-registry-info: |\n  - instanceId: cri-88\n  - instanceId: cri-8\n    domains: a.com\n",
           "login-removed");
  CHECK(item.line == 3);
  CHECK(item.column == 17);
  const auto gone = judge(read("rrsa: 'enable: false'\n"), read("watch-namespace: web\n"), "cn-hangzhou");
  REQUIRE(gone.findings.size() == 1);
  CHECK_THAT(gone.findings[0].diagnostic.message, Catch::Contains("watch-namespace is not in the file"));
}

TEST_CASE("a previous file with an error is compared by its good parts, and that is told with the place") {
  const ConfigMapName name{.namespace_ = "kube-system", .name = "acr-configuration"};
  const auto read = [&name](std::string_view text) { return parse_config_map_file(text, name).value(); };
  const auto judgement = judge(read("watch-namespace: web\n"), read("watch-namespace: web\nbinding-mode: x\n"), "r");
  CHECK(judgement.accepted);
  REQUIRE(judgement.findings.size() == 1);
  CHECK(judgement.findings[0].diagnostic.code == "previous-invalid");
  CHECK_THAT(judgement.findings[0].diagnostic.message, Catch::Contains("line 2 column 15 there: binding-mode must be"));
}

}  // namespace
}  // namespace acr::controller
