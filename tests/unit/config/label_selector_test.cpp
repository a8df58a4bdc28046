// SPDX-License-Identifier: Apache-2.0
// Label selectors: text, meaning, JSON.
#include "common/config/label_selector.hpp"

#include <catch2/catch.hpp>

namespace acr::config {
namespace {

using LabelMap = std::map<std::string, std::string>;

bool selects(std::string_view text, const LabelMap& labels) {
  const auto selector = parse_label_selector(text);
  INFO(text);
  REQUIRE(selector);
  return selector->matches(labels);
}

TEST_CASE("each operator, with the label present, other and absent") {
  const LabelMap present{{"env", "prod"}};
  const LabelMap other{{"env", "test"}};
  const LabelMap absent{{"team", "prod"}};
  struct Row {
    const char* text;
    bool present, other, absent;
  };
  const auto row = GENERATE(values<Row>({
      {"env=prod", true, false, false},
      {"env==prod", true, false, false},
      {" env = prod ", true, false, false},
      {"env!=prod", false, true, true},
      {"env in (prod, stage)", true, false, false},
      {"env notin (prod,stage)", false, true, true},
      {"env", true, true, false},
      {"!env", false, false, true},
      {"", true, true, true},
      {"env,env!=test", true, false, false},
  }));
  INFO(row.text);
  CHECK(selects(row.text, present) == row.present);
  CHECK(selects(row.text, other) == row.other);
  CHECK(selects(row.text, absent) == row.absent);
}

TEST_CASE("an empty value is a value") {
  CHECK(selects("env=", {{"env", ""}}));
  CHECK_FALSE(selects("env=", {}));
  CHECK(selects("env in (,a)", {{"env", ""}}));
}

TEST_CASE("the JSON is what the API server takes") {
  const auto selector = parse_label_selector("example.com/env in (a,b),team!=x,ready,!old").value();
  CHECK(selector.to_json() == R"({"matchExpressions":[{"key":"example.com/env","operator":"In","values":["a","b"]},)"
                              R"({"key":"team","operator":"NotIn","values":["x"]},{"key":"ready","operator":"Exists"},)"
                              R"({"key":"old","operator":"DoesNotExist"}]})");
  CHECK(parse_label_selector("").value().to_json() == "{}");
}

TEST_CASE("a selector as text is read back as the same selector") {
  const auto* text = GENERATE("", "a=b", "env in (prod,test),!legacy,team,tier notin (x)", "example.com/a!=b");
  const auto selector = parse_label_selector(text).value();
  CHECK(parse_label_selector(selector.to_text()).value() == selector);
}

TEST_CASE("what is no selector is refused with its place") {
  struct Row {
    const char* text;
    std::size_t offset;
  };
  const auto row = GENERATE(values<Row>({
      {"env=prod,", 9},
      {"env prod", 4},
      {"env=pro/d", 4},
      {"env in prod", 7},
      {"env in (prod", 12},
      {"=prod", 0},
      {"a,-b=c", 2},
      {"UPPER.com/x=y", 0},
      {"env=prod team=web", 9},
      {"env=-x", 4},
      {"!", 1},
  }));
  INFO(row.text);
  std::size_t offset = 0;
  REQUIRE_FALSE(parse_label_selector(row.text, &offset));
  CHECK(offset == row.offset);
}

}  // namespace
}  // namespace acr::config
