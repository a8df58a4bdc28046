// SPDX-License-Identifier: Apache-2.0
// Values that are words about a list, or nothing, where a list of names or a single word belongs.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

TEST_CASE("prose that could mean the opposite of its words as names is refused") {
  const auto row = GENERATE(values<std::pair<const char*, const char*>>({
      {"watch-namespace", "all except kube-system"},
      {"watch-namespace", "* not kube-system"},
      {"watch-namespace", "all, except, kube-system"},
      {"watch-namespace", "\"all but kube-system\""},
      {"watch-namespace", "shop all"},
      {"service-account", "* except ci"},
      {"service-account", "default *"},
      {"exclude-namespaces", "all except shop"},
      {"exclude-namespaces", "everything but shop"},
      {"exclude-namespaces", "* Without shop"},
  }));
  INFO(row.first << ": " << row.second);
  const auto parsed = parse({{row.first, row.second}});
  CHECK(std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                    [](const Diagnostic& d) { return d.code == "no-list" && d.severity == Severity::Error; }));
  if (std::string_view(row.first) == "service-account") {
    CHECK(parsed.settings.service_accounts == NamePatterns{});
  } else {
    CHECK(parsed.settings.watch_namespaces == NamePatterns{});
  }
}

TEST_CASE("names beside * have no effect, and that is told") {
  const auto parsed = parse({{"service-account", "default,*"}});
  CHECK(findings(parsed) == FindingList{"warning covers-all@1:1"});
  CHECK(parsed.settings.service_accounts.all);
  CHECK(findings(parse({{"service-account", "*"}})).empty());
  CHECK(findings(parse({{"service-account", "not"}})).empty());
  CHECK(findings(parse({{"watch-namespace", "web api"}})) == FindingList{"warning blank-separator@1:5"});
}

TEST_CASE("a list without any name says so, and may have left out what stands in its comment") {
  for (const auto* key : {"watch-namespace", "exclude-namespaces", "service-account"}) {
    for (const auto* text : {",", ", ,", "，"}) {
      INFO(key << ": " << text);
      const auto parsed = parse({{key, text}});
      CHECK(std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                        [](const Diagnostic& d) { return d.code == "no-names"; }));
      CHECK_FALSE(parsed.has_errors());
      CHECK(parsed.settings == parse({}).settings);
    }
  }
  for (const auto* text : {"- # kube-*", ", # kube-*", "[] # kube-*", ",\n# kube-*\n"}) {
    INFO(text);
    const auto parsed = parse({{"watch-namespace", "all"}, {"exclude-namespaces", text}});
    CHECK(std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                      [](const Diagnostic& d) { return d.code == "comment-alone"; }));
    CHECK(parsed.settings.watch_namespaces == NamePatterns{});
  }
  CHECK_FALSE(parse({{"exclude-namespaces", "\"\""}}).has_errors());
}

TEST_CASE("a value that is a comment alone is the default, and says so") {
  CHECK(findings(parse({{"binding-mode", "#overwrite"}})) == FindingList{"warning comment-alone@1:1"});
  CHECK(findings(parse({{"expiring-threshold", "\n  # 20m\n"}})) == FindingList{"warning comment-alone@2:3"});
}

TEST_CASE("signs that are no comma are told, wherever they stand") {
  CHECK(findings(parse({{"watch-namespace", "web;api"}})) == FindingList{"warning semicolon@1:4"});
  CHECK(findings(parse_list("- instanceId: cri-a\n  domains: a.cn;b.cn\n")) == FindingList{"warning semicolon@2:16"});
  CHECK(findings(parse({{"watch-namespace", "web]"}})) == FindingList{"warning list-instead-of-string@1:4"});
  CHECK(findings(parse({{"watch-namespace", "web,api,"}})).empty());
}

TEST_CASE("kube-system is warned about if it is watched in the end") {
  CHECK(findings(parse({{"watch-namespace", "default,kube-system"}})) == FindingList{"warning watch-system@1:1"});
  CHECK(findings(parse({{"watch-namespace", "kube-*"}, {"exclude-namespaces", "kube-system"}})).empty());
  const auto all = parse({{"watch-namespace", "*"}, {"exclude-namespaces", "kube-*"}});
  CHECK(findings(all) == FindingList{"warning watch-all@1:1"});
  CHECK(all.diagnostics[0].message == "all namespaces are watched");
  CHECK(parse({{"watch-namespace", "*"}}).diagnostics[0].message == "all namespaces are watched, kube-system too");
}

TEST_CASE("a dash without its blank makes no other host") {
  for (const auto* domains : {"\n    -a.example.com\n    -b.example.com", "-a.example.com", "a-.example.com",
                              "a.example.com,b.-c.com", "*-.example.com"}) {
    INFO(domains);
    const auto parsed = parse_list(fmt::format("- instanceId: cri-a\n  domains: {}\n", domains));
    CHECK(std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                      [](const Diagnostic& d) { return d.code == "invalid-domain"; }));
    CHECK(parsed.settings.instances.empty());
  }
}

TEST_CASE("domains that a repeated item makes idle are named") {
  const auto parsed = parse_list("- instanceId: cri-a\n- instanceId: cri-a\n  domains: x.example.com,y.example.com\n");
  CHECK(findings(parsed) == FindingList{"warning duplicate-instance@2:3"});
  CHECK(parsed.diagnostics[0].message.find("x.example.com, y.example.com of the other has no effect") !=
        std::string::npos);
  CHECK(parsed.settings.instances.at(0).domains.empty());
}

}  // namespace
}  // namespace acr::config
