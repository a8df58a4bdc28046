// SPDX-License-Identifier: Apache-2.0
// Slips of the pen in YAML: what means one thing is read with a warning at its place, what may mean two is refused.
#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

struct ListRow {
  const char* text;
  FindingList findings;
  /// One text for each instance: "id region domains".
  std::vector<std::string> instances;
};

std::vector<std::string> show(const ParsedSettings& parsed) {
  std::vector<std::string> shown;
  for (const auto& instance : parsed.settings.instances) {
    shown.push_back(
        fmt::format("{} {} {}", instance.instance_id, instance.region_id, fmt::join(instance.domains, ",")));
  }
  return shown;
}

void check_row(const ListRow& row) {
  INFO(row.text);
  const auto parsed = parse_list(row.text);
  for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
  CHECK(findings(parsed) == row.findings);
  CHECK(show(parsed) == row.instances);
}

TEST_CASE("a field without its blank is read, and its place is right") {
  check_row(GENERATE(values<ListRow>({
      {"- instanceId:\"cri-a\"", {"warning missing-space@1:13"}, {"cri-a cn-hangzhou "}},
      {"- instanceId:cri-a\n  regionId:cn-beijing\n",
       {"warning missing-space@1:13", "warning missing-space@2:11"},
       {"cri-a cn-beijing "}},
      {"- instanceId: cri-a\n  domains:a.example.com:5000,all\n",
       {"warning missing-space@2:10", "warning unusual-domain@2:30"},
       {"cri-a cn-hangzhou a.example.com:5000,all"}},
      {"- instanceId：cri-a\n  regionId： cn-beijing\n",
       {"warning fullwidth-punctuation@1:13", "warning fullwidth-punctuation@2:11"},
       {"cri-a cn-beijing "}},
      {"- \"instanceId\":\"cri-a\"\n", {"warning missing-space@1:15"}, {"cri-a cn-hangzhou "}},
      {"- {instanceId:cri-a, regionId: cn-beijing}", {"warning missing-space@1:14"}, {"cri-a cn-beijing "}},
      {"[{“instanceId”:“cri-a”}]",
       {"warning missing-space@1:15", "warning typographic-quotes@1:16"},
       {"cri-a cn-hangzhou "}},
      {"-instanceId: cri-a\n-instanceId: cri-b\n",
       {"warning missing-space@1:1"},
       {"cri-a cn-hangzhou ", "cri-b cn-hangzhou "}},
      {"-instanceId: cri-a\n regionId: CN-beijing\n",
       {"warning missing-space@1:1", "warning case-normalised@2:12"},
       {"cri-a cn-beijing "}},
      {"-instanceId: cri-a\n  regionId: CN-beijing\n",
       {"warning missing-space@1:1", "warning case-normalised@2:13"},
       {"cri-a cn-beijing "}},
      {"-instanceId: cri-a\n domains:\n - b.cn\n",
       {"warning missing-space@1:1", "warning list-instead-of-string@3:2"},
       {"cri-a cn-hangzhou b.cn"}},
  })));
}

TEST_CASE("what is not divided from its value by any colon is told at its own line") {
  check_row(GENERATE(values<ListRow>({
      {"- instanceId=cri-a\n", {"error not-an-item@1:3"}, {}},
      {"- instanceId cri-a\n  regionId: cn-beijing\n", {"error yaml-syntax@1:3"}, {}},
      {"- instanceId: cri-a\n  regionId cn-beijing\n", {"error yaml-syntax@2:3"}, {}},
      {"- instanceIdd:cri-a\n  regionId: cn-beijing\n", {"error yaml-syntax@1:3"}, {}},
      {"- [{instanceId=\"cri-a\"}]", {"error not-an-item@1:3"}, {}},
  })));
  const auto parsed = parse_list("- instanceId; cri-a\n");
  REQUIRE(parsed.diagnostics.size() == 1);
  CHECK(parsed.diagnostics[0].message == "instanceId is not divided from its value by a colon and a space");
}

TEST_CASE("comments that start with // are read where no value can stand, and refused where one may") {
  check_row(GENERATE(values<ListRow>({
      {"// mine\n- instanceId: cri-a\n  //the region\n  regionId: cn-beijing\n",
       {"warning slash-comment@1:1", "warning slash-comment@3:3"},
       {"cri-a cn-beijing "}},
      {"- instanceId: \"cri-a\"\n    // mine\n", {"warning slash-comment@2:5"}, {"cri-a cn-hangzhou "}},
      {"- instanceId: cri-a\n// - instanceId: cri-b\n", {"warning slash-comment@2:1"}, {"cri-a cn-hangzhou "}},
      {"- instanceId: cri-a\n    // mine\n", {"error slash-comment@2:5"}, {}},
      {"- instanceId: cri-a\n  domains:\n  //a.example.com\n", {"error slash-comment@3:3"}, {}},
      {"- instanceId: cri-a\n  domains:\n    // a.example.com\n  regionId: x\n", {"error slash-comment@3:5"}, {}},
      {"- instanceId: cri-a\n  domains: |\n    // a.example.com\n", {"error invalid-domain@3:5"}, {}},
      {"- // mine\n  instanceId: cri-a\n", {"error slash-comment@1:3"}, {}},
      {"// - instanceId: cri-a\n", {"warning slash-comment@1:1", "error slash-comment@1:1"}, {}},
      {"- instanceId: cri-a\n  domains: [a.cn, b.cn] // mine\n",
       {"warning list-instead-of-string@2:12", "warning slash-comment@2:25"},
       {"cri-a cn-hangzhou a.cn,b.cn"}},
      {"[{\"instanceId\": \"cri-a\", // mine\n  //the region\n  \"regionId\": \"cn-beijing\" // too\n}]",
       {"warning slash-comment@1:26", "warning slash-comment@2:3", "warning slash-comment@3:28"},
       {"cri-a cn-beijing "}},
      {"[{\"instanceId\": \"cri-a\", \"domains\": [\n//a.cn\n]}]", {"error slash-comment@2:1"}, {}},
      {"[{\"instanceId\": \"cri-a\", \"domains\": // all\n}]", {"error slash-comment@1:37"}, {}},
  })));
}

TEST_CASE("several strings, commas of any width, and quotes of word processors") {
  check_row(GENERATE(values<ListRow>({
      {"- instanceId: cri-a\n  domains: \"a.cn\",'b.cn', \n",
       {"warning quoted-list@2:18"},
       {"cri-a cn-hangzhou a.cn,b.cn"}},
      {"- instanceId: cri-a\n  domains: \"a.cn\"，\"b_cn:0\"\n",
       {"warning quoted-list@2:18", "error invalid-domain@2:20"},
       {}},
      {"- instanceId: cri-a\n  domains: \"a.cn\", // mine\n",
       {"warning trailing-comma@2:18", "warning slash-comment@2:20"},
       {"cri-a cn-hangzhou a.cn"}},
      {"- instanceId: \"cri-a\",\n  regionId: cn-beijing,\n",
       {"warning trailing-comma@1:22", "warning trailing-comma@2:23"},
       {"cri-a cn-beijing "}},
      {"- instanceId: cri-a\n  regionId: \"cn-beijing\",\"x\"\n", {"error yaml-syntax@2:25"}, {}},
      {"- instanceId: “cri-a”\n  regionId: ‘cn-beijing’ # x\n  domains: “a.cn，b.cn”\n",
       {"warning typographic-quotes@1:15", "warning typographic-quotes@2:13", "warning typographic-quotes@3:12",
        "warning fullwidth-punctuation@3:17"},
       {"cri-a cn-beijing a.cn,b.cn"}},
      {"- “instanceId”: cri-a\n", {"warning field-spelling@1:3"}, {"cri-a cn-hangzhou "}},
      {"- instanceId: “cri-a\n", {"error invalid-value@1:15"}, {}},
  })));
}

TEST_CASE("switches with the same slips") {
  struct Row {
    const char* text;
    FindingList findings;
    bool enable = false;
  };
  const auto row = GENERATE(values<Row>({
      {"enable:true", {"warning missing-space@1:7"}, true},
      {"enable:true\ntimeout-seconds:5", {"warning missing-space@1:7", "warning missing-space@2:16"}, true},
      {"enable：true", {"warning fullwidth-punctuation@1:7"}, true},
      {"{enable:true}", {"warning missing-space@1:8"}, true},
      {"- enable: true", {"warning list-instead-of-map@1:1"}, true},
      {"-enable: true", {"warning list-instead-of-map@1:1", "warning missing-space@1:1"}, true},
      {"enable: “true”,", {"warning typographic-quotes@1:9", "warning trailing-comma@1:15"}, true},
      {"enable: true,", {"warning trailing-comma@1:13"}, true},
      {"// on\nenable: true", {"warning slash-comment@1:1"}, true},
      {"true // on", {"warning scalar-instead-of-map@1:1", "warning slash-comment@1:6"}, true},
      {"// enable: true", {"warning slash-comment@1:1", "error slash-comment@1:1"}, false},
      {"enable=true", {"error not-a-mapping@1:1"}, false},
  }));
  INFO(row.text);
  const auto parsed = parse({{"webhook-configuration", row.text}});
  for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
  CHECK(findings(parsed) == row.findings);
  CHECK(parsed.settings.webhook.enable == row.enable);
}

TEST_CASE("SEC-5: an access key glued to its field is read and told nowhere") {
  const auto parsed =
      parse_list("- {customAccessKeySecret:hunter2secret, customAccessKey:hunter2id, instanceId: cri-a}");
  CHECK_FALSE(parsed.has_errors());
  REQUIRE(parsed.settings.instances.size() == 1);
  CHECK(parsed.settings.instances[0].custom_access_key->secret.reveal() == "hunter2secret");
  for (const auto& d : parsed.diagnostics) CHECK(format_diagnostic(d).find("hunter2") == std::string::npos);
}

TEST_CASE("slips that are read alone are read together with fields that are too deep") {
  const auto wanted = parse_list("- instanceId: \"\"\n  regionId: cn-beijing\n  domains: a.com,b.com\n").settings;
  for (const auto* list : {"- instanceId: \"\"\n    regionId: \"cn-beijing\"\n    domains: \"a.com\",\"b.com\"\n",
                           "- instanceId: \"\"\n    regionId:\"cn-beijing\"\n    domains: \"a.com,b.com\"\n",
                           "- instanceId: \"\"   # personal\n    regionId: \"cn-beijing\" // region\n    domains: "
                           "\"a.com\", \"b.com\" // hosts\n"}) {
    INFO(list);
    const auto parsed = parse_list(list);
    for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
    CHECK_FALSE(parsed.has_errors());
    CHECK(parsed.settings == wanted);
  }
}

TEST_CASE("a host pattern needs no quotes, for there is no anchor that it could name") {
  for (const auto* domains : {"*.example.com,a.example.com", "\n  - *.example.com\n  - a.example.com",
                              "\n    - *.example.com\n    - a.example.com"}) {
    INFO(domains);
    const auto parsed = parse_list(fmt::format("- instanceId: cri-a\n  domains: {}\n  regionId: r\n", domains));
    CHECK_FALSE(parsed.has_errors());
    REQUIRE(parsed.settings.instances.size() == 1);
    CHECK(parsed.settings.instances[0].domains == std::vector<std::string>{"*.example.com", "a.example.com"});
  }
}

TEST_CASE("invisible characters are told by their code and ignored") {
  for (const auto& [character, code] : std::vector<std::pair<std::string, std::string>>{{"\xE2\x80\x8B", "U+200B"},
                                                                                        {"\xEF\xBB\xBF", "U+FEFF"},
                                                                                        {"\xC2\xAD", "U+00AD"},
                                                                                        {"\xE2\x81\xA0", "U+2060"}}) {
    const auto parsed = parse({{"watch-namespace", "we" + character + "b"}});
    CHECK(findings(parsed) == FindingList{"warning invisible-character@1:3"});
    CHECK(parsed.diagnostics[0].message.find(code) != std::string::npos);
    CHECK(parsed.settings.watch_namespaces.patterns == std::vector<std::string>{"web"});
  }
}

TEST_CASE("a field that stands twice outside of an item misses no dash") {
  const auto parsed = parse({{"webhook-configuration", "enable: true\nenable: false\n"}});
  CHECK(findings(parsed) == FindingList{"error duplicate-field@2:1"});
  CHECK(parsed.diagnostics[0].message == "enable stands twice");
  CHECK(parsed.diagnostics[0].hint == "keep one of them");
}

}  // namespace
}  // namespace acr::config
