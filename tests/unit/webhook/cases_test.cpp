// SPDX-License-Identifier: Apache-2.0
// Reviews as they occur, from the HTTP request to the list that the API server ends up with.
#include <rapidjson/pointer.h>
#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>

#include "desk.hpp"

namespace acr::webhook::test {
namespace {

std::string body_of(const YAML::Node& test_case) {
  auto body = test_case["review"].as<std::string>();
  if (const auto fill = test_case["fill"]) {
    std::string text;
    for (int i = 0; i < fill["times"].as<int>(); ++i) text += fill["text"].as<std::string>();
    body.replace(body.find("FILL"), 4, text);
  }
  return body;
}

void prepare(Desk& desk, const YAML::Node& config) {
  if (config && config["loaded"] && !config["loaded"].as<bool>()) return;
  kube::TextMap data{{"service-account", "*"}, {"watch-namespace", "all"}};
  for (const auto& entry : config) data[entry.first.as<std::string>()] = entry.second.as<std::string>();
  desk.configure(data);
  for (const auto* name : {"web", "other", "api", "20240607"}) {
    desk.add_namespace({.name = name,
                        .uid = name,
                        .resource_version = "1",
                        .labels = {{"kubernetes.io/metadata.name", name}},
                        .annotations = {}});
  }
}

/// Applies "add" operations as RFC 6902 says; the list as JSON text.
std::string list_after(const std::string& body, const std::string& patch) {
  auto review = parse_json(body);
  REQUIRE(review);
  JsonValue& object = (*review)["request"]["object"];
  const auto operations = parse_json(patch);
  REQUIRE(operations);
  for (const auto& operation : operations->GetArray()) {
    REQUIRE(string_at(operation, "op") == "add");
    const std::string path(string_at(operation, "path"));
    const std::string parent = path.substr(0, path.rfind('/'));
    if (!parent.empty()) {
      const JsonValue* list = rapidjson::GenericPointer<JsonValue>(parent).Get(object);
      REQUIRE((list != nullptr && list->IsArray() && !list->Empty()));
    }
    JsonValue value(*find_member(operation, "value"), review->GetAllocator());
    rapidjson::GenericPointer<JsonValue>(path).Set(object, value, review->GetAllocator());
  }
  return acr::to_json(object["imagePullSecrets"]);
}

TEST_CASE("reviews and answers of tests/fixtures/webhook/cases.yaml", "[webhook]") {
  const auto cases = YAML::LoadFile(ACR_FIXTURES "/webhook/cases.yaml")["cases"];
  REQUIRE(cases.size() == 27);
  for (const auto& test_case : cases) {
    DYNAMIC_SECTION(test_case["id"].as<std::string>() << ": " << test_case["title"].as<std::string>()) {
      Desk desk;
      prepare(desk, test_case["config"]);
      const auto expect = test_case["expect"];
      const auto body = body_of(test_case);
      const auto response = desk.post(body);
      if (expect["http_status"]) {
        CHECK(response.status == expect["http_status"].as<unsigned>());
        continue;
      }
      const auto answer = read_answer(response);
      CHECK(answer.kind == "AdmissionReview");
      CHECK(answer.api_version == expect["api_version"].as<std::string>());
      CHECK(answer.uid == expect["uid"].as<std::string>());
      CHECK(answer.allowed);
      CHECK(answer.has_patch_member == answer.has_patch_type_member);
      CHECK(answer.has_patch_member == bool(expect["patch"]));
      if (expect["patch"]) {
        CHECK(answer.patch == expect["patch"].as<std::string>());
        CHECK(list_after(body, answer.patch) == expect["list"].as<std::string>());
      }
    }
  }
}

}  // namespace
}  // namespace acr::webhook::test
