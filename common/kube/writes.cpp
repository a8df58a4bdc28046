// SPDX-License-Identifier: Apache-2.0
#include "common/kube/writes.hpp"

#include <functional>

#include "common/base/base64.hpp"
#include "common/base/json.hpp"

namespace acr::kube {
namespace {

using Part = std::function<void(JsonWriter&)>;

std::string object_text(const Part& members) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  members(writer);
  writer.EndObject();
  return text_of(buffer);
}

void write_object(JsonWriter& writer, std::string_view key, const Part& members) {
  write_key(writer, key);
  writer.StartObject();
  members(writer);
  writer.EndObject();
}

void write_texts(JsonWriter& writer, std::string_view key, const TextMap& texts) {
  write_object(writer, key, [&](JsonWriter& out) {
    for (const auto& [name, value] : texts) write_string(out, name, value);
  });
}

void write_version(JsonWriter& writer, std::string_view resource_version) {
  if (!resource_version.empty()) write_string(writer, "resourceVersion", resource_version);
}

void write_json(JsonWriter& writer, std::string_view key, std::string_view json) {
  write_key(writer, key);
  writer.RawValue(json.data(), json.size(), rapidjson::kArrayType);
}

void write_type(JsonWriter& writer, std::string_view api_version, std::string_view kind) {
  write_string(writer, "apiVersion", api_version);
  write_string(writer, "kind", kind);
}

/// `T` is SecretWrite or ConfigMapWrite.
template <class T>
void write_metadata(JsonWriter& writer, const T& object) {
  write_object(writer, "metadata", [&](JsonWriter& out) {
    write_string(out, "name", object.key.name);
    write_string(out, "namespace", object.key.namespace_);
    write_version(out, object.resource_version);
    if (!object.labels.empty()) write_texts(out, "labels", object.labels);
    if (!object.annotations.empty()) write_texts(out, "annotations", object.annotations);
  });
}

}  // namespace

std::string build_secret_body(const SecretWrite& secret) {
  return object_text([&](JsonWriter& writer) {
    write_type(writer, "v1", "Secret");
    write_metadata(writer, secret);
    write_string(writer, "type", secret.type);
    write_object(writer, "data", [&](JsonWriter& out) {
      for (const auto& [name, value] : secret.data)
        write_string(out, name, Secret(encode_base64(value.reveal())).reveal());
    });
  });
}

std::string build_config_map_body(const ConfigMapWrite& config_map) {
  return object_text([&](JsonWriter& writer) {
    write_type(writer, "v1", "ConfigMap");
    write_metadata(writer, config_map);
    write_texts(writer, "data", config_map.data);
  });
}

std::string build_image_pull_secrets_patch(std::string_view resource_version, const std::vector<std::string>& names) {
  return object_text([&](JsonWriter& writer) {
    write_object(writer, "metadata", [&](JsonWriter& out) { write_version(out, resource_version); });
    write_key(writer, "imagePullSecrets");
    writer.StartArray();
    for (const auto& name : names) {
      writer.StartObject();
      if (!name.empty()) write_string(writer, "name", name);  // a nameless entry goes back as it came
      writer.EndObject();
    }
    writer.EndArray();
  });
}

std::string build_annotations_patch(std::string_view resource_version, const TextMap& annotations) {
  return object_text([&](JsonWriter& writer) {
    write_object(writer, "metadata", [&](JsonWriter& out) {
      write_version(out, resource_version);
      write_texts(out, "annotations", annotations);
    });
  });
}

std::string build_webhooks_patch(std::string_view resource_version, std::string_view webhooks_json) {
  return object_text([&](JsonWriter& writer) {
    write_object(writer, "metadata", [&](JsonWriter& out) { write_version(out, resource_version); });
    write_json(writer, "webhooks", webhooks_json);
  });
}

std::string build_webhook_configuration_body(std::string_view kind, std::string_view name,
                                             std::string_view webhooks_json) {
  return object_text([&](JsonWriter& writer) {
    write_type(writer, "admissionregistration.k8s.io/v1", kind);
    write_object(writer, "metadata", [&](JsonWriter& out) {
      write_string(out, "name", name);
      write_texts(out, "labels", {{std::string(kManagedByLabel), std::string(kManagedByValue)}});
    });
    write_json(writer, "webhooks", webhooks_json);
  });
}

std::string build_self_subject_review_body() {
  return object_text([](JsonWriter& writer) { write_type(writer, "authentication.k8s.io/v1", "SelfSubjectReview"); });
}

}  // namespace acr::kube
