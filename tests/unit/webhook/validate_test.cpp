// SPDX-License-Identifier: Apache-2.0
// Edits of acr-configuration at admission.
#include "webhook/validate.hpp"

#include <catch2/catch.hpp>

#include "desk.hpp"

namespace acr::webhook {
namespace {

using Catch::Matchers::Contains;

const char* const kBroken = "- instanceId: cri-1\\n  expiring: [\\n";

std::string config_map(const std::string& data_json, const std::string& labels = "{}") {
  return R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"acr-configuration","namespace":"kube-system","labels":)" +
         labels + R"(},"data":)" + data_json + "}";
}

Answer ask(const std::string& object, const std::string& old_object = "null",
           const std::string& name = "acr-configuration", const std::string& operation = "",
           std::optional<config::ConfigMapText> ruling = std::nullopt) {
  test::ReviewText text{.operation = operation.empty() ? (old_object == "null" ? "CREATE" : "UPDATE") : operation,
                        .namespace_ = "kube-system",
                        .name = name,
                        .object = object,
                        .old_object = old_object,
                        .kind = "ConfigMap",
                        .resource = "configmaps"};
  const auto body = test::to_json(text);
  const auto review = parse_review(body);
  REQUIRE(review);
  return judge_configuration(*review,
                             {.configuration = {"kube-system", "acr-configuration"}, .ruling = std::move(ruling)});
}

std::string registry(const std::string& yaml) {
  return R"({"acr-registry-info":")" + yaml + "\"}";
}

TEST_CASE("a good configuration is allowed", "[webhook]") {
  const auto answer = ask(config_map(R"({"service-account":"*","watch-namespace":"web"})"));
  CHECK(answer.allowed);
  CHECK(answer.decision == "valid");
  CHECK(answer.warnings.empty());
}

TEST_CASE("a configuration with an error is refused with key, line and column", "[webhook]") {
  const auto answer = ask(config_map(registry(kBroken)));
  CHECK_FALSE(answer.allowed);
  CHECK(answer.decision == "invalid");
  CHECK_THAT(answer.message, Contains("acr-registry-info") && Contains("line ") && Contains("column "));
}

TEST_CASE("SEC-5: an answer tells no access key, neither in warnings nor in the message", "[webhook]") {
  const auto answer = ask(config_map(
      R"({"service-account":"ltai5tabcdefgh12_","watch-namespace":"web, LTAI5tAbCdEfGh12","LTAI5tAbCdEfGh12":"x"})"));
  CHECK_FALSE(answer.allowed);
  REQUIRE_FALSE(answer.warnings.empty());
  auto text = answer.message;
  for (const auto& warning : answer.warnings) text += warning;
  CHECK_THAT(text, !Contains("5tabcdefgh12", Catch::CaseSensitive::No));
}

TEST_CASE("a doubtful configuration is allowed with a warning", "[webhook]") {
  const auto answer = ask(config_map(R"({"service-account":"*","colour":"green"})"));
  CHECK(answer.allowed);
  REQUIRE_FALSE(answer.warnings.empty());
  CHECK_THAT(answer.warnings.front(), Contains("colour"));
}

TEST_CASE("warnings about the scope come first, since those behind the last that fits are only counted") {
  const auto answer =
      ask(config_map(R"({"acr-registry-info":"- {instanceId: cri-a, domains: registry}","colour":"green",)"
                     R"("watch-namespace":"all","rrsa":"true","exclude_namespaces":"*"})"));
  CHECK(answer.allowed);
  std::vector<std::string> keys;
  for (const auto& warning : answer.warnings) keys.push_back(warning.substr(0, warning.find(' ')));
  CHECK(keys == std::vector<std::string>{"exclude_namespaces", "exclude_namespaces", "watch-namespace", "colour",
                                         "acr-registry-info", "rrsa"});
}

TEST_CASE("a refusal that is long tells how many errors are besides") {
  std::string list;
  for (int i = 0; i < 40; ++i) list += "- instanceId: <placeholder>\\n";
  const auto answer = ask(config_map(registry(list)));
  CHECK_FALSE(answer.allowed);
  CHECK_THAT(answer.message, Catch::EndsWith(" | and 30 more"));
}

TEST_CASE("a key of ours in binaryData is refused, a foreign one is not", "[webhook]") {
  const auto with_binary = [](const std::string& key) {
    auto object = config_map(R"({"watch-namespace":"web"})");
    return object.insert(object.size() - 1, R"(,"binaryData":{")" + key + R"(":"//4tAA=="})");
  };
  const auto refused = ask(with_binary("acr-registry-info"), config_map(R"({"watch-namespace":"web"})"));
  CHECK_FALSE(refused.allowed);
  CHECK_THAT(refused.message, Contains("acr-registry-info") && Contains("binaryData") && Contains("UTF-8"));
  const auto foreign = ask(with_binary("logo.png"), config_map(R"({"watch-namespace":"web"})"));
  CHECK(foreign.allowed);
  CHECK(foreign.warnings.size() == 1);
}

TEST_CASE("a ConfigMap that has been broken for long may still get a label", "[webhook]") {
  const auto old_one = config_map(registry(kBroken));
  CHECK(ask(config_map(registry(kBroken), R"({"team":"blue"})"), old_one).decision == "unchanged");
  CHECK_FALSE(ask(config_map(registry(std::string(kBroken) + "#")), old_one).allowed);
}

TEST_CASE("a misspelt key is an error in an edit and a warning in a new ConfigMap", "[webhook]") {
  const auto misspelt = config_map(R"({"watch-namespaces":"web"})");
  CHECK(ask(misspelt).allowed);
  CHECK_FALSE(ask(misspelt, config_map(R"({"watch-namespace":"web"})")).allowed);
}

TEST_CASE("an edit is judged by the text in force, whatever the ConfigMap holds now", "[webhook]") {
  const config::ConfigMapText ruling{.data = {{"watch-namespaces", "web"}}};
  const auto in_force = config_map(R"({"watch-namespaces":"web"})");
  const auto broken = config_map(registry(kBroken));
  const auto edit = [&](const std::string& object, const std::string& old_object) {
    return ask(object, old_object, "acr-configuration", "", ruling);
  };
  CHECK(edit(in_force, broken).allowed);  // back to what rules, by kubectl apply
  CHECK(edit(in_force, "null").allowed);
  CHECK(edit(config_map(R"({"watch-namespaces":"web","service-account":"ci"})"), in_force).allowed);
  CHECK_FALSE(edit(config_map(R"({"servce-account":"ci"})"), in_force).allowed);
  CHECK_FALSE(edit(config_map(R"({"servce-account":"ci"})"), config_map(R"({"servce-account":"all"})")).allowed);
  const auto again = ask(in_force, config_map(R"({"watch-namespace":"web"})"), "acr-configuration", "",
                         config::ConfigMapText{.data = {{"watch-namespace", "all"}}});
  CHECK_FALSE(again.allowed);
}

TEST_CASE("ADM-6: other ConfigMaps and operations are none of our business", "[webhook]") {
  CHECK(ask(config_map(registry(kBroken)), "null", "other").decision == "foreign_request");
  CHECK(ask("null", config_map("{}"), "acr-configuration", "DELETE").decision == "foreign_request");
  CHECK(ask("null").decision == "broken_object");
}

TEST_CASE("SEC-5: a refusal never quotes an access key", "[webhook]") {
  const auto answer =
      ask(config_map(registry("- instanceId: cri-1\\n  customAccessKey: LTAIexampleexample\\n  customAccessKeySecret: "
                              "verysecretverysecret\\n  bad: [\\n")));
  CHECK_FALSE(answer.allowed);
  CHECK_THAT(answer.message, !Contains("verysecretverysecret") && !Contains("LTAIexampleexample"));
}

TEST_CASE("the route answers as a review", "[webhook]") {
  test::Desk desk;
  desk.configure(std::nullopt);
  test::ReviewText text{.namespace_ = "kube-system",
                        .name = "acr-configuration",
                        .object = config_map(registry(kBroken)),
                        .kind = "ConfigMap",
                        .resource = "configmaps"};
  const auto answer = test::read_answer(desk.post(test::to_json(text), "/validate-acr-configuration?timeout=3s"));
  CHECK_FALSE(answer.allowed);
  CHECK_THAT(answer.message, Contains("line "));
  CHECK_THAT(desk.metrics.render(), Contains(R"(acr_webhook_decisions_total{decision="configuration_invalid"} 1)"));
}

}  // namespace
}  // namespace acr::webhook
