// SPDX-License-Identifier: Apache-2.0
// Slips of the pen in values that are no YAML, and in names and hosts: read if they mean one thing, refused if two.
#include <catch2/catch.hpp>

#include "common/config/host_overlap.hpp"
#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

struct NamesRow {
  const char* text;
  std::vector<std::string> names;
  FindingList findings;
};

TEST_CASE("a sign that no name can hold never makes another name of one, or two") {
  const auto row = GENERATE(values<NamesRow>({
      {"ci。runner", {}, {"error invalid-name@1:1"}},
      {"web,ci．runner", {"web"}, {"error invalid-name@1:5"}},
      {"\"a\"\"b\"", {}, {"warning quoted-value@1:1", "error invalid-name@1:2"}},
      {"web\"api", {}, {"error invalid-name@1:1"}},
      {"we'b", {}, {"error invalid-name@1:1"}},
      {"'web", {"web"}, {"warning quoted-value@1:1", "error open-quote@1:1"}},
      {"\"web\", 'api'", {"web", "api"}, {"warning quoted-value@1:1"}},
      {"\"web,api\"", {"web", "api"}, {"warning quoted-value@1:1"}},
      {"[\"web\",\"api\"]", {"web", "api"}, {"warning list-instead-of-string@1:1"}},
      {"“web”，‘api’", {"web", "api"}, {"warning typographic-quotes@1:1", "warning fullwidth-punctuation@1:6"}},
      {"web // the shop", {"web"}, {"warning slash-comment@1:5"}},
      {"// the shop\nweb", {"web"}, {"warning slash-comment@1:1"}},
      {"// web", {}, {"error slash-comment@1:1"}},
      {"web,//api", {"web"}, {"error invalid-name@1:5"}},
      {"web,LTAIabcdefgh12345678", {"web"}, {"error access-key@1:5"}},
      {"null", {"default"}, {"warning null-value@1:1"}},
      {" ~ # none", {"default"}, {"warning null-value@1:2", "warning comment-in-value@1:4"}},
      {"\"null\"", {"null"}, {"warning quoted-value@1:1"}},
      {"web,null", {"web", "null"}, {"warning null-value@1:5"}},
  }));
  INFO(row.text);
  for (const auto* key : {"watch-namespace", "exclude-namespaces"}) {
    const auto parsed = parse({{key, row.text}});
    const bool is_watched = std::string_view(key) == "watch-namespace";
    auto names = row.names;
    if (!is_watched && names == std::vector<std::string>{"default"}) names.clear();
    CHECK((is_watched ? parsed.settings.watch_namespaces.patterns : parsed.settings.exclude_namespaces) == names);
    for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
    CHECK(findings(parsed) == row.findings);
  }
}

TEST_CASE("the word all is told apart from everything") {
  CHECK(findings(parse({{"service-account", "ALL"}})) == FindingList{"warning all-is-a-name@1:1"});
  CHECK(findings(parse({{"service-account", "install, all"}})) == FindingList{"warning all-is-a-name@1:10"});
  CHECK(findings(parse({{"exclude-namespaces", "small,All"}})) == FindingList{"warning all-is-a-name@1:7"});
  CHECK(findings(parse({{"exclude-namespaces", "web-*,*"}})) == FindingList{"warning excludes-all@1:7"});
  CHECK(parse({{"exclude-namespaces", "all"}}).settings.exclude_namespaces == std::vector<std::string>{"all"});
}

TEST_CASE("comments, quotes, commas and null in keys that take one value") {
  struct Row {
    const char* written;  ///< % stands for the value
    FindingList findings;
    bool is_nothing = false;
  };
  const auto row = GENERATE(values<Row>({
      {"%\n", {}},
      {"# mine\n%", {}},
      {"% # mine", {"warning comment-in-value"}},
      {"\"%\" # mine", {"warning quoted-value", "warning comment-in-value"}},
      {"'%'", {"warning quoted-value"}},
      {"“%”", {"warning typographic-quotes"}},
      {"% // mine", {"warning slash-comment"}},
      {"%,", {"warning trailing-comma"}},
      {"%；", {"warning trailing-comma"}},
      {"null", {"warning null-value"}, true},
      {"~", {"warning null-value"}, true},
      {"\"\"", {}, true},
  }));
  const auto key = GENERATE(values<std::pair<const char*, const char*>>(
      {{"expiring-threshold", "20m"}, {"binding-mode", "overwrite"}, {"namespace-selector", "team in (a,b),!old"}}));
  std::string text = row.written;
  if (const auto at = text.find('%'); at != std::string::npos) text.replace(at, 1, key.second);
  INFO(key.first << ": " << text);
  const auto parsed = parse({{key.first, text}});
  FindingList codes;
  for (const auto& finding : findings(parsed)) codes.push_back(finding.substr(0, finding.find('@')));
  CHECK(codes == row.findings);
  CHECK(parsed.settings == (row.is_nothing ? parse({}) : parse({{key.first, key.second}})).settings);
}

TEST_CASE("a comment alone is no value") {
  for (const auto* key : {"expiring-threshold", "binding-mode", "watch-namespace", "service-account"}) {
    INFO(key);
    const auto parsed = parse({{key, "# mine"}});
    CHECK_FALSE(parsed.has_errors());
    CHECK(parsed.settings == parse({}).settings);
  }
  CHECK(findings(parse({{"namespace-selector", " # mine"}})) == FindingList{"error comment-alone@1:2"});
  CHECK(findings(parse({{"exclude-namespaces", "# mine"}})) ==
        FindingList{"warning comment-in-value@1:1", "error comment-alone@1:1"});
}

TEST_CASE("what stands in a key that takes one value is refused at its place") {
  CHECK(findings(parse({{"expiring-threshold", " \"soon\""}})) ==
        FindingList{"warning quoted-value@1:2", "error invalid-duration@1:3"});
  CHECK(findings(parse({{"binding-mode", "\n  merge # x"}})) ==
        FindingList{"error invalid-value@2:3", "warning comment-in-value@2:9"});
  CHECK(findings(parse({{"namespace-selector", "'a=b,c'd'"}})) == FindingList{"error invalid-selector@1:1"});
  CHECK(findings(parse({{"namespace-selector", "“a=b c”"}})) ==
        FindingList{"warning typographic-quotes@1:1", "error invalid-selector@1:6"});
  CHECK(findings(parse({{"expiring-threshold", "// 20m"}})) == FindingList{"error invalid-duration@1:1"});
}

TEST_CASE("a switch or list that null turned off, or made Personal Edition, says so") {
  CHECK(findings(parse({{"webhook-configuration", "null"}})) == FindingList{"warning null-value@1:1"});
  CHECK(findings(parse({{"rrsa", "enable: ~"}})) == FindingList{"warning null-value@1:9"});
  CHECK(findings(parse({{"webhook-configuration", "enable: \"\""}})) == FindingList{"warning null-value@1:9"});
  CHECK(findings(parse_list("~")) == FindingList{"warning null-value@1:1"});
  CHECK(findings(parse_list("- instanceId: null\n")) == FindingList{"warning null-value@1:15"});
  CHECK(findings(parse_list("- instanceId: \"\"\n")).empty());
}

struct DomainsRow {
  const char* text;
  std::vector<std::string> domains;
  FindingList findings;
};

TEST_CASE("no slip in domains widens them to all") {
  const auto row = GENERATE(values<DomainsRow>({
      {"//a.example.com", {}, {"error invalid-domain@2:12"}},
      {"// a.example.com", {}, {"error invalid-domain@2:12"}},
      {"\"//a.example.com\"", {}, {"error invalid-domain@2:13"}},
      {"a.example.com,//b.example.com", {}, {"error invalid-domain@2:26"}},
      {"https://a.example.com", {"a.example.com"}, {"warning domain-normalised@2:12"}},
      {"https://", {}, {"error invalid-domain@2:12"}},
      {"a.example.com // mine", {"a.example.com"}, {"warning slash-comment@2:26"}},
      {"“a.example.com”，“b.example.com”",
       {"a.example.com", "b.example.com"},
       {"warning typographic-quotes@2:12", "warning fullwidth-punctuation@2:27", "warning typographic-quotes@2:28"}},
      {"a。example.com", {}, {"error invalid-domain@2:12"}},
      {"\"*\"", {}, {"error invalid-domain@2:13"}},
      {"all", {"all"}, {"warning unusual-domain@2:12"}},
      {"LTAIabcdefgh12345678", {}, {"error access-key@2:12"}},
      {"localhost", {"localhost"}, {}},
      {"registry:5000", {"registry:5000"}, {}},
  }));
  INFO(row.text);
  const auto parsed = parse_list(fmt::format("- instanceId: cri-a\n  domains: {}\n", row.text));
  for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
  CHECK(findings(parsed) == row.findings);
  REQUIRE(parsed.settings.instances.size() == (row.domains.empty() ? 0 : 1));
  if (!row.domains.empty()) CHECK(parsed.settings.instances[0].domains == row.domains);
}

TEST_CASE("a place is right where one host or id is the start of another") {
  const auto hosts = parse_list(
      "- instanceId: cri-a\n  domains: b.example.com\n- instanceId: cri-b\n  domains: "
      "b.example.com.cn,a.cn,b.example.com\n");
  CHECK(findings(hosts) == FindingList{"warning domain-conflict@4:34"});
  CHECK(findings(parse_list("- instanceId: cri-a1,acr-1,acr-\n")) ==
        FindingList{"warning id-list@1:21", "warning unusual-id@1:22", "warning unusual-id@1:28"});
  CHECK(findings(parse_list("- instanceId: cri-a，cri-b\n")) ==
        FindingList{"warning fullwidth-punctuation@1:20", "warning id-list@1:20"});
}

TEST_CASE("a comma that divides nothing is ignored with a word, at its place") {
  CHECK(findings(parse_list("- instanceId: cri-a,\n  regionId: cn-hangzhou,\n")) ==
        FindingList{"warning trailing-comma@1:20", "warning trailing-comma@2:24"});
  CHECK(findings(parse_list("- instanceId: \"cri-a,\"\n  regionId: \"cn-hangzhou,\"\n")) ==
        FindingList{"warning trailing-comma@1:21", "warning trailing-comma@2:25"});
  CHECK(findings(parse_list("- instanceId: cri-a,,cri-b\n")) ==
        FindingList{"warning id-list@1:20", "warning trailing-comma@1:21"});
  CHECK(parse_list("- instanceId: cri-a,\n").settings.instances.at(0).instance_id == "cri-a");
}

TEST_CASE("a finding about RRSA stands at the field that asks for it") {
  const std::string item =
      "- instanceId: cri-a\n- instanceId: cri-b\n  rrsaRoleARN: acs:ram::1:role/r\n"
      "  rrsaOIDCProviderRoleARN: acs:ram::1:oidc-provider/p\n";
  CHECK(findings(parse_list(item)) == FindingList{"warning rrsa-off@3:3"});
  CHECK(parse_list(item).diagnostics.at(0).key == "acr-registry-info");
  CHECK(findings(parse({{"acr-registry-info", item}, {"rrsa", "enable: true"}})).empty());
  CHECK(findings(parse({{"acr-registry-info", item + "  customAccessKeySecretRef: n\n"}, {"rrsa", "enable: true"}})) ==
        FindingList{"warning conflicting-credentials@5:3"});
}

TEST_CASE("slips that have a hint of their own") {
  struct Row {
    const char* text;
    const char* finding;
    const char* hint;
  };
  const auto row = GENERATE(values<Row>({
      {"* instanceId: cri-a\n", "error yaml-syntax@1:1", "write \"- \" instead of \"*\""},
      {"- instanceId: cri-a\n* instanceId: cri-b\n", "error yaml-syntax@2:1", ""},
      {"– instanceId: cri-a\n", "error yaml-syntax@1:1", "write \"- \" instead of \"–\""},
      {"[{\"instanceId\" \"cri-a\"}]", "error yaml-syntax@1:16", "write a colon before the value"},
      {"[{\"instanceId\":\"cri-a\" \"regionId\":\"x\"}]", "error yaml-syntax@1:24",
       "put a comma behind what stands before it"},
      {"[{\"instanceId\":\"cri-a\"}\n{\"instanceId\":\"cri-b\"}]", "error yaml-syntax@2:1",
       "put a comma behind what stands before it"},
      {"- instanceId: cri-a\n  domains: [::1]:5000\n", "error yaml-syntax@2:17",
       "no image can be pulled from an IPv6 address: write the host name of the registry"},
      {"- instanceId: cri-a\n  domains: '[::1]:5000'\n", "error invalid-domain@2:13",
       "write the host name of the registry"},
      {"- instanceId: cri-a\n  domains: fe80::1\n", "error invalid-domain@2:12", "write the host name of the registry"},
      {"- instanceId: \"cri-a\n", "error yaml-syntax@1:15", "close it, or leave the quotes away"},
      {"- instanceId: cri-a\n  domains: *.example.com\n", "warning unquoted-star@2:12", "put double quotes around it"},
      {"- regionId: *a\n  instanceId: cri-a\n", "error yaml-syntax@1:13",
       "write out what is meant; if it is text, put double quotes around it"},
      {"- instanceId: cri-a regionId: cn-hangzhou\n", "error yaml-syntax@1:21",
       "write each field on a line of its own; in a block that starts with > use | instead"},
      {"- instanceId: cri-a - instanceId: cri-b\n", "error yaml-syntax@1:23", ""},
  }));
  INFO(row.text);
  const auto parsed = parse_list(row.text);
  for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
  CHECK(findings(parsed) == FindingList{row.finding});
  if (*row.hint != '\0') CHECK(parsed.diagnostics.at(0).hint == row.hint);
}

TEST_CASE("a quote that is not closed on its line is told at the quote and where it hurts") {
  const auto parsed = parse_list("- instanceId: \"cri-a\n  regionId: \"cn-hangzhou\"\n");
  CHECK(findings(parsed) == FindingList{"warning open-quote@1:15", "error yaml-syntax@2:14"});
  CHECK(parsed.diagnostics.at(0).hint == "close it; as it stands, the value goes on up to the quote at line 2");
}

TEST_CASE("a near miss of the managed edition's list is no empty list") {
  const auto parsed = parse_list(R"({"AcrInstanceInfos":[{"instanceId":"cri-a"}]})");
  CHECK(parsed.list_unreadable);
  CHECK(parsed.settings.instances.empty());
  CHECK(std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                    [](const Diagnostic& d) { return d.hint == "did you mean AcrInstanceInfo?" && d.column == 3; }));
}

TEST_CASE("a quote without its partner is told at the quote") {
  CHECK(findings(parse({{"expiring-threshold", "\"15m"}})) == FindingList{"error open-quote@1:1"});
  CHECK(findings(parse({{"expiring-threshold", " 15m'"}})) == FindingList{"error open-quote@1:5"});
  CHECK(findings(parse({{"namespace-selector", "“a=b"}})) == FindingList{"error open-quote@1:1"});
  CHECK(findings(parse({{"binding-mode", "append”"}})) == FindingList{"error open-quote@1:7"});
}

TEST_CASE("patterns of two items that cover one host are told") {
  const auto two = [](const char* a, const char* b) {
    return findings(
        parse_list(fmt::format("- instanceId: cri-a\n  domains: {}\n- instanceId: cri-b\n  domains: {}\n", a, b)));
  };
  const FindingList overlap{"warning domain-overlap@4:12"};
  CHECK(two("'*.example.com'", "a.example.com") == overlap);
  CHECK(two("a.example.com", "a*.example.com") == overlap);
  CHECK(two("a*.example.com", "x.cn,r?.example.com").empty());
  CHECK(two("r*y.b.example.com", "reg*.?.example.com") == overlap);
  CHECK(two("a*.example.com", "a.example.com:5000").empty());
  CHECK(two("a*.example.com", "a.b.example.com").empty());
  CHECK(findings(parse_list("- instanceId: cri-a\n  domains: a*.example.com,a.example.com\n")).empty());
}

TEST_CASE("two host patterns meet as the kubelet compares them") {
  CHECK(hosts_overlap("a*c.x", "ab*.x"));
  CHECK(hosts_overlap("*.x:1", "?.x:1"));
  CHECK(hosts_overlap("a.x", "a.x"));
  CHECK_FALSE(hosts_overlap("a*.x", "b*.x"));
  CHECK_FALSE(hosts_overlap("?.x", "ab.x"));
  CHECK_FALSE(hosts_overlap("*.x", "a.b.x"));
}

TEST_CASE("SEC-5: no diagnostic tells the id of an access key, in whatever case, nor in the name of a key") {
  const std::string id = "LTAI5tAbCdEfGh12";
  const auto folded = [](std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
  };
  for (const auto& written : {id, folded(id)}) {
    for (const auto& data : {
             Data{{"watch-namespace", "web, " + written}},
             Data{{"service-account", written}},
             Data{{"exclude-namespaces", "a_b," + written}},
             Data{{"acr-registry-info", "- instanceId: " + written + "\n  regionId: " + written + "\n"}},
             Data{{"acr-registry-info",
                   "- instanceId: cri-a\n  domains: " + written + "," + written + ".Example.com\n"}},
             Data{{"acr-registry-info", "- instanceId: cri-a\n  " + written + ": x\n"}},
             Data{{"expiring-threshold", written}},
             Data{{"namespace-selector", written + "=="}},
             Data{{written, "x"}},
             Data{{"watch-" + written, "x"}},
             Data{{"customAccessKey:" + written, "x"}},
         }) {
      const auto parsed = parse(data);
      INFO(data.begin()->first << ": " << data.begin()->second);
      for (const auto& d : parsed.diagnostics) {
        CHECK(folded(d.key + format_diagnostic(d) + d.hint).find(folded(id)) == std::string::npos);
      }
      for (const auto& name : parsed.settings.watch_namespaces.patterns) CHECK(name.find(id) == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace acr::config
