// SPDX-License-Identifier: Apache-2.0
// The wanted `webhooks` lists as JSON text.
#include <fmt/format.h>

#include "common/base/base64.hpp"
#include "common/base/json.hpp"
#include "controller/registration/registration.hpp"

namespace acr::controller {
namespace {

constexpr int kValidateTimeoutSeconds = 3;

std::string join_url(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base) + std::string(path);
}

void write_client_config(JsonWriter& writer, const RegistrationInputs& inputs, const char* path) {
  write_key(writer, "clientConfig");
  writer.StartObject();
  if (!inputs.endpoint.url.empty()) {
    write_string(writer, "url", join_url(inputs.endpoint.url, path));
  } else {
    write_key(writer, "service");
    writer.StartObject();
    write_string(writer, "namespace", inputs.endpoint.service.namespace_);
    write_string(writer, "name", inputs.endpoint.service.name);
    write_string(writer, "path", path);
    write_key(writer, "port");
    writer.Uint(inputs.endpoint.port);
    writer.EndObject();
  }
  if (!inputs.ca_bundle_pem.empty()) write_string(writer, "caBundle", encode_base64(inputs.ca_bundle_pem));
  writer.EndObject();
}

void write_list(JsonWriter& writer, std::string_view key, std::initializer_list<std::string_view> values) {
  write_key(writer, key);
  writer.StartArray();
  for (const auto value : values) write_value(writer, value);
  writer.EndArray();
}

void write_rule(JsonWriter& writer, std::string_view resource) {
  write_key(writer, "rules");
  writer.StartArray();
  writer.StartObject();
  write_list(writer, "apiGroups", {""});
  write_list(writer, "apiVersions", {"v1"});
  write_list(writer, "operations", {"CREATE", "UPDATE"});
  write_list(writer, "resources", {resource});
  write_string(writer, "scope", "Namespaced");
  writer.EndObject();
  writer.EndArray();
}

void write_raw(JsonWriter& writer, std::string_view key, const std::string& json, rapidjson::Type type) {
  write_key(writer, key);
  writer.RawValue(json.data(), json.size(), type);
}

/// What both webhooks have in common.
void write_common(JsonWriter& writer, const char* name, const RegistrationInputs& inputs, const char* path,
                  std::string_view resource) {
  write_string(writer, "name", name);
  write_list(writer, "admissionReviewVersions", {"v1"});
  write_client_config(writer, inputs, path);
  write_rule(writer, resource);
  write_string(writer, "matchPolicy", "Equivalent");
  write_string(writer, "sideEffects", "None");
}

std::string configuration_condition(const std::string& name) {
  return fmt::format(R"([{{"name":"is-acr-configuration","expression":{}}}])",
                     quote_json(fmt::format("has(object.metadata.name) && object.metadata.name == '{}'", name)));
}

std::string namespace_is(const std::string& name) {
  return fmt::format(
      R"({{"matchExpressions":[{{"key":"kubernetes.io/metadata.name","operator":"In","values":[{}]}}]}})",
      quote_json(name));
}

}  // namespace

std::string build_mutating_webhooks(const RegistrationInputs& inputs) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartArray();
  writer.StartObject();
  write_common(writer, kMutatingWebhookName, inputs, kMutatePath, "serviceaccounts");
  write_string(writer, "failurePolicy", config::to_string(inputs.settings.failure_policy));
  write_key(writer, "timeoutSeconds");
  writer.Int(inputs.settings.timeout_seconds);
  write_string(writer, "reinvocationPolicy", "IfNeeded");
  write_raw(writer, "namespaceSelector", inputs.namespace_selector_json, rapidjson::kObjectType);
  write_raw(writer, "objectSelector", inputs.object_selector_json, rapidjson::kObjectType);
  write_raw(writer, "matchConditions", inputs.match_conditions_json, rapidjson::kArrayType);
  writer.EndObject();
  writer.EndArray();
  return text_of(buffer);
}

std::string build_validating_webhooks(const RegistrationInputs& inputs) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartArray();
  writer.StartObject();
  write_common(writer, kValidatingWebhookName, inputs, kValidatePath, "configmaps");
  write_string(writer, "failurePolicy", "Ignore");
  write_key(writer, "timeoutSeconds");
  writer.Int(kValidateTimeoutSeconds);
  write_raw(writer, "namespaceSelector", namespace_is(inputs.configuration.namespace_), rapidjson::kObjectType);
  write_raw(writer, "objectSelector", "{}", rapidjson::kObjectType);
  write_raw(writer, "matchConditions", configuration_condition(inputs.configuration.name), rapidjson::kArrayType);
  writer.EndObject();
  writer.EndArray();
  return text_of(buffer);
}

}  // namespace acr::controller
