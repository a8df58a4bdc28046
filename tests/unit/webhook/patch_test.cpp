// SPDX-License-Identifier: Apache-2.0
// ADM-8: a patch that does not apply fails the user's request whatever the failurePolicy, so each shape is re-applied.
#include "webhook/patch.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace acr::webhook {
namespace {

using Names = std::vector<std::string>;

PullSecretList list_of(const std::string& json) {
  JsonScanner scanner(json);
  auto list = read_pull_secrets(scanner);
  CHECK(scanner.finish());
  return list;
}

TEST_CASE("ADM-8: absent, null and empty lists are one case", "[webhook]") {
  const auto list = GENERATE(PullSecretList{}, list_of("null"), list_of("[]"));
  CHECK(list == PullSecretList{});
  CHECK(build_append_patch(list, "N") == R"([{"op":"add","path":"/imagePullSecrets","value":[{"name":"N"}]}])");
  CHECK(build_overwrite_patch(list, "N") == build_append_patch(list, "N"));
}

TEST_CASE("ADM-8: a filled list is appended to, a bound one left alone", "[webhook]") {
  CHECK(build_append_patch(list_of(R"([{"name":"a"}])"), "N") ==
        R"([{"op":"add","path":"/imagePullSecrets/-","value":{"name":"N"}}])");
  CHECK(build_append_patch(list_of(R"([{"name":"N"},{"name":"a"}])"), "N").empty());
  CHECK(build_append_patch(list_of(R"([{"name":"N"},{"name":"N"}])"), "N").empty());
  CHECK(list_of(R"([{}])").names == Names{""});
}

TEST_CASE("overwrite makes the list exactly ours", "[webhook]") {
  CHECK(build_overwrite_patch(list_of(R"([{"name":"N"}])"), "N").empty());
  for (const auto* json : {R"([{"name":"a"}])", R"([{"name":"N"},{"name":"a"}])", R"([{"name":"N"},{"name":"N"}])"}) {
    const auto list = list_of(json);
    CHECK(apply_patch(list, build_overwrite_patch(list, "N")) == Names{"N"});
  }
}

TEST_CASE("a list of another shape is malformed", "[webhook]") {
  for (const auto* json : {"1", "\"a\"", "{}", "[1]", "[null]", "[[]]", R"([{"name":"a"},"b"])"})
    CHECK(list_of(json).malformed);
  CHECK(list_of(R"([{"name":1}])").names == Names{""});
}

TEST_CASE("ADM-8: apply_patch refuses what an API server would refuse", "[webhook]") {
  const PullSecretList empty;
  const auto filled = list_of(R"([{"name":"a"}])");
  CHECK_FALSE(apply_patch(empty, R"([{"op":"add","path":"/imagePullSecrets/-","value":{"name":"N"}}])"));
  CHECK_FALSE(apply_patch(filled, R"([{"op":"replace","path":"/imagePullSecrets","value":[]}])"));
  CHECK_FALSE(apply_patch(filled, R"([{"op":"add","path":"/imagePullSecrets"}])"));
  CHECK_FALSE(apply_patch(filled, R"([{"op":"add","path":"/metadata","value":{}}])"));
  CHECK_FALSE(apply_patch(filled, "{}"));
  CHECK_FALSE(apply_patch(filled, ""));
  CHECK(apply_patch(filled, "[]") == Names{"a"});
}

TEST_CASE("ADM-8: for any list, appending keeps what was there in order and adds ours once", "[webhook]") {
  std::mt19937 random(7);
  const Names words{"a", "b", "", "N", "N-2"};
  for (int round = 0; round < 2000; ++round) {
    PullSecretList list;
    for (unsigned length = random() % 5; length > 0; --length) list.names.push_back(words[random() % words.size()]);
    list.filled = !list.names.empty();
    const auto patch = build_append_patch(list, "N");
    const bool bound = std::count(list.names.begin(), list.names.end(), "N") > 0;
    REQUIRE(patch.empty() == bound);
    if (bound) continue;
    auto wanted = list.names;
    wanted.push_back("N");
    REQUIRE(apply_patch(list, patch) == wanted);
  }
}

}  // namespace
}  // namespace acr::webhook
