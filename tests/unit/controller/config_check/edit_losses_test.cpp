// SPDX-License-Identifier: Apache-2.0
// An accepted edit that takes something away is told what.
#include "controller/config_check/edit_losses.hpp"

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
  for (const auto& loss : find_losses(parse(before), parse(after))) told.push_back(loss.key + ": " + loss.message);
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
  }));
  CHECK(losses(row.before, row.after) == row.told);
}

TEST_CASE("a login that goes is told") {
  const auto list = [](const char* text) { return Data{{"acr-registry-info", text}}; };
  CHECK(losses(list("- instanceId: cri-a\n- instanceId: cri-b"), list("")) ==
        std::vector<std::string>{"acr-registry-info: cri-a in cn-hangzhou is no longer listed",
                                 "acr-registry-info: cri-b in cn-hangzhou is no longer listed"});
  CHECK(losses(list("- instanceId: cri-a\n  domains: a.com,b.com"), list("- instanceId: cri-a\n  domains: b.com")) ==
        std::vector<std::string>{"acr-registry-info: a.com of cri-a in cn-hangzhou are no longer listed"});
  CHECK(losses(list("- instanceId: cri-a"), list("- instanceId: cri-a\n  domains: b.com")).size() == 1);
  CHECK(losses(list("- instanceId: cri-a\n  domains: b.com"), list("- instanceId: cri-a")).empty());
  const auto implicit = find_losses(parse({}), parse(list("- instanceId: cri-a")));
  REQUIRE(implicit.size() == 1);
  CHECK(implicit[0].severity == config::Severity::Info);
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

}  // namespace
}  // namespace acr::controller
