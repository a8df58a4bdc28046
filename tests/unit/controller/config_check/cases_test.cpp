// SPDX-License-Identifier: Apache-2.0
// The configurations of tests/fixtures/config/cases.yaml as files of several forms: --check-config --output json says
// of each what stands beside it there.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "common/base/json.hpp"
#include "controller/config_check/print.hpp"

namespace acr::controller {
namespace {

const ConfigMapName kName{.namespace_ = "kube-system", .name = "acr-configuration"};

using Data = std::map<std::string, std::string>;

std::string as_json_manifest(const Data& data) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_string(writer, "apiVersion", "v1");
  write_string(writer, "kind", "ConfigMap");
  write_key(writer, "metadata");
  writer.StartObject();
  write_string(writer, "name", kName.name);
  write_string(writer, "namespace", kName.namespace_);
  writer.EndObject();
  write_key(writer, "data");
  writer.StartObject();
  for (const auto& [key, value] : data) write_string(writer, key, value);
  writer.EndObject();
  writer.EndObject();
  return text_of(buffer);
}

/// Literal blocks where the text allows it, as people write it.
std::string as_bare_yaml(const Data& data) {
  YAML::Emitter emitter;
  emitter << YAML::BeginMap;
  for (const auto& [key, value] : data) {
    const bool is_plain_text = value.find_first_of("\r\t") == std::string::npos && value.ends_with('\n') &&
                               !value.starts_with(' ') && !value.starts_with('\n') && !value.ends_with("\n\n") &&
                               value.find("\xEF\xBB\xBF") == std::string::npos;
    emitter << YAML::Key << key << YAML::Value;
    if (is_plain_text) {
      emitter << YAML::Literal << value;
    } else {
      emitter << YAML::DoubleQuoted << value;
    }
  }
  emitter << YAML::EndMap;
  return emitter.c_str();
}

/// A node of the fixtures as the JSON that is printed for it.
void write_node(JsonWriter& writer, const YAML::Node& node);

void write_patterns(JsonWriter& writer, const YAML::Node& node) {
  writer.StartObject();
  write_string(writer, "mode", node.IsScalar() ? "all" : "names");
  if (!node.IsScalar()) {
    write_key(writer, "names");
    write_node(writer, node);
  }
  writer.EndObject();
}

void write_scalar(JsonWriter& writer, const YAML::Node& node) {
  const auto& text = node.Scalar();
  long number = 0;
  if (node.Tag() == "?" && (text == "true" || text == "false")) {
    writer.Bool(text == "true");
  } else if (node.Tag() == "?" && YAML::convert<long>::decode(node, number)) {
    writer.Int64(number);
  } else {
    write_value(writer, text == "$CLUSTER_REGION" ? "cn-hangzhou" : std::string_view(text));
  }
}

void write_node(JsonWriter& writer, const YAML::Node& node) {
  if (node.IsScalar()) {
    write_scalar(writer, node);
  } else if (node.IsSequence()) {
    writer.StartArray();
    for (const auto& element : node) write_node(writer, element);
    writer.EndArray();
  } else {
    writer.StartObject();
    for (const auto& pair : node) {
      const auto& key = pair.first.Scalar();
      write_key(writer, key);
      if (key == "service_accounts" || key == "namespaces") {
        write_patterns(writer, pair.second);
      } else {
        write_node(writer, pair.second);
      }
    }
    writer.EndObject();
  }
}

JsonDocument as_json(const YAML::Node& node) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  write_node(writer, node);
  return parse_json(text_of(buffer)).value();
}

bool fits(const JsonValue& found, const JsonValue& wanted) {
  return std::all_of(wanted.MemberBegin(), wanted.MemberEnd(), [&found](const auto& member) {
    const auto* value = find_member(found, member.name.GetString());
    if (value == nullptr) return false;
    if (member.name == "at") return std::string_view(value->GetString()).starts_with(member.value.GetString());
    return *value == member.value;
  });
}

void check_diagnostics(const JsonValue& found, const YAML::Node& wanted) {
  std::size_t wanted_errors = 0;
  for (const auto& node : wanted) {
    const auto diagnostic = as_json(node);
    INFO("wanted: " << to_json(diagnostic));
    const auto severity = string_at(diagnostic, "severity");
    wanted_errors += severity == "error" ? 1U : 0U;
    CHECK((severity == "info" ||
           std::any_of(found.Begin(), found.End(), [&](const JsonValue& value) { return fits(value, diagnostic); })));
  }
  const auto errors = std::count_if(found.Begin(), found.End(),
                                    [](const JsonValue& value) { return string_at(value, "severity") == "error"; });
  CHECK(static_cast<std::size_t>(errors) == wanted_errors);
}

void check_case(const YAML::Node& node, const std::string& text) {
  const auto file = parse_config_map_file(text, kName).value();
  std::optional<ConfigMapFile> previous;
  if (node["in_force"].as<bool>(false)) previous = parse_config_map_file("watch-namespace: before", kName).value();
  const auto report = parse_json(print_json(judge(file, previous, "cn-hangzhou"), file)).value();
  INFO(to_json(report));
  CHECK(string_at(report, "result") == node["result"].as<std::string>());
  check_diagnostics(*find_member(report, "diagnostics"), node["diagnostics"]);
  if (!node["config"]) return;
  const auto wanted = as_json(node["config"]);
  INFO("wanted: " << to_json(wanted));
  CHECK(*find_member(report, "config") == wanted);
}

TEST_CASE("stored values as a JSON manifest and as bare data") {
  const auto cases = YAML::LoadFile(ACR_FIXTURES "/config/cases.yaml")["cases"];
  REQUIRE(cases.size() == 34);
  for (const auto& node : cases) {
    const auto data = node["data"].as<Data>();
    DYNAMIC_SECTION(node["id"].as<std::string>() << " as JSON") {
      check_case(node, as_json_manifest(data));
    }
    DYNAMIC_SECTION(node["id"].as<std::string>() << " as YAML") {
      check_case(node, as_bare_yaml(data));
    }
  }
}

TEST_CASE("files as people apply them") {
  const auto cases = YAML::LoadFile(ACR_FIXTURES "/config/files.yaml")["cases"];
  REQUIRE(cases.size() == 5);
  for (const auto& node : cases) {
    DYNAMIC_SECTION(node["id"].as<std::string>() << " " << node["title"].as<std::string>()) {
      check_case(node, node["text"].as<std::string>());
    }
  }
}

}  // namespace
}  // namespace acr::controller
