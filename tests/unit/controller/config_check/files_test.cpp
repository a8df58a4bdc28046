// SPDX-License-Identifier: Apache-2.0
// Which forms of files are understood, and where in them a finding is placed.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "controller/config_check/judgement.hpp"
#include "tests/unit/controller/config_check/parsed_file.hpp"

namespace acr::controller {
namespace {

TEST_CASE("a value that kubectl's YAML reader takes for a number or truth value is no text") {
  const auto* typed =
      GENERATE("1", "-1", "+1", "010", "08", "1_000", "0x10", "0X1F", "-0x1", "0o17", "0b101", "1.", ".5", "1e3",
               "1_0.5E-3", ".inf", "-.Inf", "+.INF", ".NaN", "yes", "Off", "TRUE", "n", "!!int \"16\"", "!!bool yes");
  INFO(typed);
  CHECK(has_fault(parse("watch-namespace: " + std::string(typed) + "\n"), "not-a-string"));
}

TEST_CASE("other values are text") {
  const auto* text = GENERATE("15m", "2018-12-01", "0x", "0xg", "0b12", "0o8", "_1", "1__a", ".", "-", "e3", "1e",
                              "1.2.3", ".info", "inf", "tRUE", "nO", "\"1\"", "'yes'", "!!str 1", "a1", "1:30");
  INFO(text);
  CHECK_FALSE(has_fault(parse("watch-namespace: " + std::string(text) + "\n"), "not-a-string"));
}

TEST_CASE("bytes that are no UTF-8 are a fault of the file, in a key as in a value") {
  for (const std::string text : {"data:\n  é\xFFwatch: x\n", "data:\n  é: \xFF\xFE\xC3\n", "data:\n  é # \xE4\xBD"}) {
    const auto file = parse(text);
    REQUIRE(file.faults.size() == 1);
    CHECK(file.faults[0].code == "invalid-utf8");
    CHECK(file.faults[0].line == 2);
    CHECK(file.has_errors());
    CHECK(config::find_invalid_utf8(file.source.text()) == std::string::npos);
  }
  CHECK(parse("data:\n  é\xFFwatch: x\n").faults[0].column == 4);
}

TEST_CASE("the right ConfigMap is found in what kubectl prints and takes") {
  const auto* text = GENERATE(
      // a manifest among others
      "kind: Namespace\nmetadata: {name: x}\n---\nkind: ConfigMap\nmetadata: {name: other}\ndata: {watch-namespace: "
      "no}\n"
      "--- # ours\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: acr-configuration, namespace: kube-system}\n"
      "data: {watch-namespace: web}\n",
      // kubectl get configmap -o json
      R"({"apiVersion":"v1","data":{"watch-namespace":"web"},"kind":"ConfigMap","metadata":{"name":"acr-configuration","namespace":"kube-system"}})",
      // kubectl get configmaps -o yaml
      "apiVersion: v1\nitems:\n- kind: ConfigMap\n  metadata: {name: kube-root-ca.crt}\n  data: {watch-namespace: no}\n"
      "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: acr-configuration, namespace: kube-system}\n  data:\n   "
      " watch-namespace: web\nkind: List\n",
      // bare data
      "watch-namespace: web\n", R"({"watch-namespace": "web"})",
      // Windows
      "\xEF\xBB\xBF# Windows\r\ndata:\r\n  watch-namespace: web\r\n",
      // a manifest without kind
      "data:\n  watch-namespace: web\n");
  INFO(text);
  const auto file = parse(text);
  CHECK(file.faults.empty());
  CHECK(value_of(file, "watch-namespace") == "web");
}

TEST_CASE("the managed edition's JSON is a configuration too") {
  const auto file =
      parse(R"({"AcrInstanceInfo":[{"instanceId":"cri-a","regionId":"cn-beijing"}],"watchNamespace":"web"})");
  const auto judgement = judge(file, std::nullopt, "cn-hangzhou");
  REQUIRE(judgement.accepted);
  CHECK(judgement.settings.instances.at(0).instance_id == "cri-a");
  CHECK(judgement.settings.watch_namespaces.patterns == std::vector<std::string>{"web"});
}

TEST_CASE("text that cannot be meant as a configuration is refused") {
  const auto* text = GENERATE("", "# nothing\n", "[]", "just words", "kind: Secret\ndata: {a: b}\n", "foo: bar",
                              "kind: ConfigMap\nmetadata: {name: a}\n---\nkind: ConfigMap\nmetadata: {name: b}\n",
                              "a: b\n---\nc: d\n");
  INFO(text);
  CHECK_FALSE(parse_config_map_file(text, kName).has_value());
}

TEST_CASE("SEC-5: a refusal quotes no access key") {
  const auto refused = parse_config_map_file("kind: LTAI5tAbCdEfGh12\na: b\n", kName);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "it holds a ***, no ConfigMap");
}

TEST_CASE("bytes that are no text are refused") {
  CHECK_FALSE(parse_config_map_file(std::string_view("a: b\0c", 6), kName).has_value());
  CHECK_FALSE(parse_config_map_file(std::string(kMaxFileBytes + 1, ' '), kName).has_value());
}

TEST_CASE("values that the API server would not take are named with the way out") {
  const auto file = parse(
      "data:\n  rrsa: true\n  expiring-threshold: 900\n  watch-namespace: 'true'\n"
      "  acr-api-version: 2018-12-01\n  watch-namespace: twice\n");
  REQUIRE(file.faults.size() == 3);
  CHECK(file.faults[0].key == "rrsa");
  CHECK(file.faults[0].hint == "put quotes around it: \"true\"");
  CHECK(file.faults[1].key == "expiring-threshold");
  CHECK(file.faults[2].code == "duplicate-key");
  CHECK(file.faults[2].line == 6);
  CHECK(value_of(file, "watch-namespace") == "true");
  CHECK(value_of(file, "acr-api-version") == "2018-12-01");
}

TEST_CASE("a key that the API server refuses is an error, with the name that was meant") {
  struct Row {
    const char* key;
    const char* hint;
  };
  const auto row = GENERATE(values<Row>({
      {"\"watch namespace\"", "write watch-namespace"},
      {"\"watch-namespace:\"", "write watch-namespace"},
      {"\"watch/namespace\"", "write watch-namespace"},
      {"\" rrsa\"", "write rrsa"},
      {"\"a b\"", "only letters, digits, -, _ and . may stand in it, at most 253"},
      {"..a", "only letters, digits, -, _ and . may stand in it, at most 253"},
  }));
  INFO(row.key);
  const auto file = parse(fmt::format("# ConfigMap\ndata:\n  {}: web\n", row.key));
  REQUIRE(file.faults.size() == 1);
  CHECK(file.faults[0].code == "invalid-key");
  CHECK(file.faults[0].line == 3);
  CHECK(file.faults[0].column == 3);
  CHECK(file.faults[0].hint == row.hint);
  CHECK(has_fault(parse("# ConfigMap\nbinaryData: {\"watch namespace\": AAA=}\n"), "invalid-key"));
  CHECK(parse("# ConfigMap\ndata: {.a-b_c.D1: web}\n").faults.empty());
}

TEST_CASE("JSON writes a character beyond the basic plane as two") {
  const auto file = parse(R"({"data":{"notify-email":"\ud83d\ude00","watch-namespace":"web"}})");
  CHECK_FALSE(file.has_errors());
  CHECK(value_of(file, "notify-email") == "\xF0\x9F\x98\x80");
}

TEST_CASE("the place in a later document is that of the file") {
  const auto file = parse("a: b\n---\n# ConfigMap\ndata:\n  watch-namespace: [web]\n");
  REQUIRE(file.faults.size() == 1);
  CHECK(file.faults[0].line == 5);
}

TEST_CASE("the keys of binaryData are noticed, with their places") {
  const auto file = parse("# ConfigMap\nbinaryData:\n  logo.png: |\n    AAA\n    =\n  watch-namespace: AAA=\n");
  CHECK_FALSE(file.has_errors());
  CHECK(file.content.binary_keys == std::set<std::string>{"logo.png", "watch-namespace"});
  const auto place = find_file_position(file, "watch-namespace", {});
  CHECK(place.line == 6);
  CHECK(place.column == 3);
  CHECK(parse("binaryData: {watch-namespace: AAA=}\n").content.binary_keys.size() == 1);
}

TEST_CASE("an edit of a configuration whose list stood in binaryData goes on with no list") {
  const auto previous = parse("# ConfigMap\nbinaryData: {acr-registry-info: AAA=}\ndata: {watch-namespace: web}\n");
  const auto broken = parse("# ConfigMap\ndata: {watch-namespace: shop, expiring-threshold: soon}\n");
  const auto judgement = judge(broken, previous, "cn-hangzhou");
  CHECK_FALSE(judgement.accepted);
  CHECK(judgement.settings.instances.empty());
  CHECK(judgement.settings.watch_namespaces.patterns == std::vector<std::string>{"web"});
}

TEST_CASE("what the API server refuses in binaryData is told") {
  const auto both = parse("# ConfigMap\nbinaryData: {watch-namespace: AAA=}\ndata: {watch-namespace: web}\n");
  REQUIRE(both.faults.size() == 1);
  CHECK(both.faults[0].code == "duplicate-key");
  CHECK(both.faults[0].line == 2);
  CHECK(both.content.data.contains("watch-namespace"));
  CHECK(both.content.binary_keys.empty());
  const auto plain = parse("# ConfigMap\nbinaryData: {watch-namespace: shop}\ndata: {}\n");
  CHECK_FALSE(plain.has_errors());  // base64 of other bytes, by chance
  CHECK(parse("# ConfigMap\nbinaryData: {watch-namespace: \"shop,web\"}\n").faults.at(0).code == "not-base64");
  CHECK(parse("# ConfigMap\nbinaryData: {watch-namespace: [AAA=]}\n").faults.at(0).code == "not-base64");
  CHECK(parse("# ConfigMap\nbinaryData: web\n").faults.at(0).code == "not-a-mapping");
}

TEST_CASE("mistakes of YAML are placed where they were made") {
  struct Row {
    const char* text;
    int line;
    int column;
    const char* hint;
  };
  const auto row = GENERATE(values<Row>({
      {"data:\n  watch-namespace:\"web\"\n  rrsa: |\n    enable: true\n", 2, 3,
       "put a space after \"watch-namespace:\""},
      {"data:\n  watch-namespace:\"web\"\n", 2, 3, "put a space after \"watch-namespace:\""},
      {"data:\n  acr-registry-info:|\n    - instanceId: a\n", 2, 3, "put a space after \"acr-registry-info:\""},
      {"kind: ConfigMap\n data:\n  a: b\n", 2, 2, "align with \"kind\""},
      {"data:\n\twatch-namespace: web\n", 2, 1, "use spaces"},
      {"data:\n  a: |\n      x\n    b: c\n", 4, 5, "this key is indented deeper than its neighbours"},
      {"data:\n  watch-namespace: \"web\n  rrsa: x\n", 2, 20, "close it, or leave the quotes away"},
      {"data:\n  watch-namespace: \"web\n  service-account: \"ci\"\n", 2, 20,
       "close it; as it stands, the value goes on up to the quote at line 3"},
      {"data:\n  watch-namespace: *\n", 2, 20, "put quotes around the value, such as \"*\""},
      {"data:\n  service-account: *-ci\n  rrsa: x\n", 2, 20, "put quotes around the value, such as \"*\""},
      {"data:\n  watch-namespace： web\n", 2, 18, "write \"watch-namespace: \" with a plain colon and a space"},
      {"data:\n  rrsa: x\n  watch-namespace：web\n", 3, 18,
       "write \"watch-namespace: \" with a plain colon and a space"},
      {"watch-namespace： web\nrrsa: x\n", 1, 16, "write \"watch-namespace: \" with a plain colon and a space"},
      {"data:\n  acr-registry-info: |\n      - instanceId: cri-a\n    - instanceId: cri-b\n", 3, 7,
       "give the first line the indentation of those below it"},
      {"data:\n  acr-registry-info: |\n        - instanceId: cri-a\n      regionId: cn-hangzhou\n", 3, 9,
       "give the first line the indentation of those below it"},
      {"data:\n  webhook-configuration: |\n      enable: true\n    failure-policy: Fail\n", 3, 7,
       "give the first line the indentation of those below it"},
      {"data:\n  acr-registry-info: |\n  - instanceId: cri-a\n    regionId: cn-hangzhou\n", 3, 3,
       "indent these lines deeper than \"acr-registry-info\""},
      {"data:\n  acr-registry-info: |\n  # ours\n  - instanceId: cri-a\n", 4, 3,
       "indent these lines deeper than \"acr-registry-info\""},
      {"data:\n  acr-registry-info: |\n- instanceId: cri-a\n", 3, 1,
       "indent these lines deeper than \"acr-registry-info\""},
      {"data:\n  rrsa: |\n  enable: true\n", 3, 3, "indent these lines deeper than \"rrsa\""},
      {"data:\n  acr-registry-info: - instanceId: cri-a\n", 2, 22,
       "write \"acr-registry-info: |\" and the list on the next lines, deeper than it"},
      {"data:\n  acr-registry-info: | - instanceId: cri-a\n", 2, 24,
       "put it on the next line, deeper than \"acr-registry-info\""},
  }));
  INFO(row.text);
  const auto file = parse(row.text);
  REQUIRE(file.faults.size() == 1);
  CHECK(file.faults[0].code == "yaml-syntax");
  CHECK(file.faults[0].line == row.line);
  CHECK(file.faults[0].column == row.column);
  CHECK(file.faults[0].hint == row.hint);
}

TEST_CASE("what is nested too deep to be read is told as that") {
  std::string braces;
  for (int i = 0; i < 5000; ++i) braces += "{a: ";
  for (const auto& [text, column] : {std::pair{std::string(200'000, '['), 101}, std::pair{"data: " + braces, 407},
                                     std::pair{braces, 401}, std::pair{"data:\n- " + std::string(3000, '['), 103}}) {
    const auto file = parse(text);
    REQUIRE(file.faults.size() == 1);
    CHECK(file.faults[0].code == "too-deep");
    CHECK(file.faults[0].column == column);
  }
}

TEST_CASE("a block may be empty, have signs and a comment") {
  CHECK(parse("data:\n  watch-namespace: |\n  service-account: ci\n").faults.empty());
  CHECK(parse("data:\n  watch-namespace: |-2 # why\n    web\n").faults.empty());
  CHECK(parse("kind: Role\nrules:\n- a: |\n- b: x\n---\ndata:\n  watch-namespace: web\n").faults.empty());
}

TEST_CASE("mistakes of JSON are placed where they were made") {
  struct Row {
    const char* text;
    int line;
    int column;
    const char* hint;
  };
  const auto row = GENERATE(values<Row>({
      {"{\"data\": {\n  \"watch-namespace\" \"web\"}}", 2, 21, "write a colon before the value"},
      {"{\"data\": {\n  \"rrsa\": \"x\"\n  \"watch-namespace\": \"web\"}}", 3, 3,
       "put a comma behind what stands before it"},
      {"{\"data\": {\n  \"watch-namespace\": \"web}}\n", 2, 22, "close it"},
      {"{\"data\": {\n  \"watch-namespace\": \"web\"\n", 3, 1, "close it"},
  }));
  INFO(row.text);
  const auto file = parse(row.text);
  REQUIRE(file.faults.size() == 1);
  INFO(file.faults[0].message);
  CHECK(file.faults[0].code == "json-syntax");
  CHECK(file.faults[0].line == row.line);
  CHECK(file.faults[0].column == row.column);
  CHECK(file.faults[0].hint == row.hint);
}

TEST_CASE("text of two bytes a character is told what it is") {
  const std::string plain = "watch-namespace: web\n";
  const auto widen = [&plain](std::string text, bool is_big, std::size_t zeros) {
    for (const char c : plain) {
      if (is_big) text.append(zeros, '\0');
      text += c;
      if (!is_big) text.append(zeros, '\0');
    }
    return text;
  };
  for (const auto& text : {widen("\xFF\xFE", false, 1), widen("\xFE\xFF", true, 1), widen("", false, 1),
                           widen("", true, 1), widen("", false, 3)}) {
    const auto file = parse_config_map_file(text, kName);
    REQUIRE_FALSE(file.has_value());
    CHECK(file.error().message.find("save the file as UTF-8") != std::string::npos);
  }
}

TEST_CASE("a misspelt name of the managed edition's list is found") {
  const auto file = parse(R"({"AcrInstanceInfos":[{"instanceId":"cri-a"}]})");
  const auto judgement = judge(file, std::nullopt, "cn-hangzhou");
  CHECK_FALSE(judgement.accepted);
  const auto& findings = judgement.findings;
  CHECK(std::any_of(findings.begin(), findings.end(),
                    [](const Finding& f) { return f.diagnostic.hint == "did you mean AcrInstanceInfo?"; }));
}

TEST_CASE("a place in a value is found in the file, however the value is written") {
  // The value is "- instanceId: a\n  regionId: b\n" each time; looked for is the letter b.
  const auto row = GENERATE(values<Placed>({
      {"acr-registry-info: |\n  - instanceId: a\n    regionId: b\n", 3, 15},
      {"acr-registry-info: |-\n     - instanceId: a\n       regionId: b", 3, 18},
      {"acr-registry-info: |2\n  - instanceId: a\n    regionId: b\n", 3, 15},
      {"acr-registry-info: \"- instanceId: a\\n  regionId: b\\n\"", 1, 50},
      {"acr-registry-info: \"- instanceId: a\\n\\\n  \\  regionId: b\\n\"", 2, 16},
      {"acr-registry-info: '- instanceId: a\n\n\n  regionId: b'", 4, 13},
      {"acr-registry-info: \"- instanceId: a\\n\n  \\ regionId: b\\n\"", 2, 15},
      {"acr-registry-info: \"- instanceId: a\\n \n  \\ regionId:\n  b\\n\"", 3, 3},
      {"acr-registry-info: \"- instanceId:\n    a\\n\\\n  \\  regionId: b\\n\"", 3, 16},
      {"acr-registry-info: |\r\n  - instanceId: a\r\n    regionId: b\r\n", 3, 15},
      {R"({"acr-registry-info":"- instanceId: a\n  regionId: b\n"})", 1, 52},
      {R"({"acr-registry-info":"\u002d instanceId: a\r\n  regionId: b\n"})", 1, 59},
  }));
  INFO(row.text);
  const auto file = parse(row.text);
  const bool is_folded = value_of(file, "acr-registry-info").find("\n\n") != std::string::npos;
  const int line = is_folded ? 3 : 2;
  const auto place = find_file_position(file, "acr-registry-info", {line, is_folded ? 11 : 13});
  CHECK(place.line == row.line);
  CHECK(place.column == row.column);
}

TEST_CASE("an edit that the API server refuses leaves what was before") {
  const auto previous = parse("watch-namespace: web\n");
  const auto judgement = judge(parse("watch-namespace: [a]\n"), previous, "cn-hangzhou");
  CHECK_FALSE(judgement.accepted);
  CHECK(judgement.settings.watch_namespaces.patterns == std::vector<std::string>{"web"});
}

}  // namespace
}  // namespace acr::controller
