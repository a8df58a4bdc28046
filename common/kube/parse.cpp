// SPDX-License-Identifier: Apache-2.0
#include "common/kube/parse.hpp"

#include <algorithm>

#include "common/base/base64.hpp"
#include "common/base/crypto.hpp"

namespace acr::kube {
namespace {

enum class Keep { All, Ours };

TextMap text_map(const JsonValue* object, Keep keep) {
  TextMap map;
  if (object == nullptr || !object->IsObject()) return map;
  for (const auto& member : object->GetObject()) {
    const std::string_view name{member.name.GetString(), member.name.GetStringLength()};
    if (!member.value.IsString() || (keep == Keep::Ours && !name.starts_with(kOwnPrefix))) continue;
    map.insert_or_assign(std::string(name), std::string(member.value.GetString(), member.value.GetStringLength()));
  }
  return map;
}

TextMap own_annotations(const JsonValue& object) {
  return text_map(find_path(object, "metadata", "annotations"), Keep::Ours);
}

bool is_terminating(const JsonValue& object) {
  return !string_at(object, "metadata", "deletionTimestamp").empty() ||
         string_at(object, "status", "phase") == "Terminating";
}

bool is_excluded(const JsonValue& object) {
  return string_at(object, "metadata", "labels", kExcludeKey) == "true" ||
         string_at(object, "metadata", "annotations", kExcludeKey) == "true";
}

/// The fields that every projection begins with.
template <class T>
void read_identity(const JsonValue& object, T& into) {
  into.uid = string_at(object, "metadata", "uid");
  into.resource_version = string_at(object, "metadata", "resourceVersion");
}

/// What is kept of a pull Secret's content.
struct DockerConfigInfo {
  std::string digest = {};
  std::vector<std::string> registry_hosts = {};
};

DockerConfigInfo read_docker_config(std::string_view base64) {
  auto bytes = decode_base64(base64);
  if (!bytes || bytes->empty()) return {};
  const Secret config(std::move(*bytes));
  DockerConfigInfo info{.digest = encode_hex(sha256(config.reveal()))};
  const auto document = parse_json(config.reveal());
  if (!document) return info;
  const auto* hosts = find_member(*document, "auths");
  if (hosts == nullptr || !hosts->IsObject()) return info;
  for (const auto& member : hosts->GetObject())
    info.registry_hosts.emplace_back(member.name.GetString(), member.name.GetStringLength());
  std::ranges::sort(info.registry_hosts);
  return info;
}

/// Most pull Secrets of a cluster hold one content, and each comes twice after a refresh: as the answer and as an
/// event.
const DockerConfigInfo& read_like_the_last(std::string_view base64) {
  struct Last {
    Secret base64;
    DockerConfigInfo info;
  };
  thread_local Last last;
  if (last.base64.reveal() != base64)
    last = {.base64 = Secret(std::string(base64)), .info = read_docker_config(base64)};
  return last.info;
}

void write_normalised(JsonWriter& writer, const JsonValue& value) {
  if (value.IsArray()) {
    writer.StartArray();
    for (const auto& element : value.GetArray()) write_normalised(writer, element);
    writer.EndArray();
  } else if (value.IsObject()) {
    std::map<std::string_view, const JsonValue*> members;
    for (const auto& member : value.GetObject()) {
      members.insert_or_assign({member.name.GetString(), member.name.GetStringLength()}, &member.value);
    }
    writer.StartObject();
    for (const auto& [name, member] : members) {
      write_key(writer, name);
      write_normalised(writer, *member);
    }
    writer.EndObject();
  } else {
    value.Accept(writer);
  }
}

}  // namespace

Result<ObjectKey> parse_key(const JsonValue& object) {
  const auto name = string_at(object, "metadata", "name");
  if (name.empty()) return fail(ErrorKind::Protocol, "an object of the API server has no metadata.name");
  return ObjectKey{std::string(string_at(object, "metadata", "namespace")), std::string(name)};
}

std::string_view parse_resource_version(const JsonValue& object) {
  return string_at(object, "metadata", "resourceVersion");
}

bool is_end_of_list(const JsonValue& bookmark) {
  return string_at(bookmark, "metadata", "annotations", "k8s.io/initial-events-end") == "true";
}

Result<NamespaceInfo> parse_namespace(const JsonValue& object) {
  auto key = parse_key(object);
  if (!key) return fail(key.error());
  NamespaceInfo info{.name = std::move(key->name),
                     .labels = text_map(find_path(object, "metadata", "labels"), Keep::All),
                     .annotations = own_annotations(object),
                     .terminating = is_terminating(object)};
  read_identity(object, info);
  return info;
}

Result<ServiceAccountInfo> parse_service_account(const JsonValue& object) {
  auto key = parse_key(object);
  if (!key) return fail(key.error());
  ServiceAccountInfo info{.key = std::move(*key), .excluded = is_excluded(object)};
  read_identity(object, info);
  const auto* entries = find_member(object, "imagePullSecrets");
  if (entries == nullptr || !entries->IsArray()) return info;
  for (const auto& entry : entries->GetArray()) {
    // The server lets an entry without a name pass; it stays in the list, or a write of ours would drop it.
    info.image_pull_secrets.emplace_back(string_at(entry, "name"));
  }
  return info;
}

Result<SecretInfo> parse_secret(const JsonValue& object) {
  auto key = parse_key(object);
  if (!key) return fail(key.error());
  SecretInfo info{.key = std::move(*key),
                  .type = std::string(string_at(object, "type")),
                  .managed = string_at(object, "metadata", "labels", kManagedByLabel) == kManagedByValue,
                  .immutable = bool_at(object, "immutable").value_or(false),
                  .terminating = is_terminating(object),
                  .annotations = own_annotations(object)};
  read_identity(object, info);
  const auto& config = read_like_the_last(string_at(object, "data", kDockerConfigKey));
  info.digest = config.digest;
  info.registry_hosts = config.registry_hosts;
  return info;
}

Result<SecretData> parse_secret_data(const JsonValue& object) {
  auto meta = parse_secret(object);
  if (!meta) return fail(meta.error());
  SecretData secret{.meta = std::move(*meta)};
  const auto* data = find_member(object, "data");
  if (data == nullptr || !data->IsObject()) return secret;
  for (const auto& member : data->GetObject()) {
    const std::string name(member.name.GetString(), member.name.GetStringLength());
    const auto text = member.value.IsString()
                          ? std::string_view{member.value.GetString(), member.value.GetStringLength()}
                          : std::string_view{};
    auto bytes = decode_base64(text);
    if (!bytes)
      return fail(ErrorKind::Protocol, "secret " + to_string(secret.meta.key) + ": data." + name + " is not base64");
    secret.data.insert_or_assign(name, Secret(std::move(*bytes)));
  }
  return secret;
}

Result<ConfigMapInfo> parse_config_map(const JsonValue& object) {
  auto key = parse_key(object);
  if (!key) return fail(key.error());
  ConfigMapInfo info{.key = std::move(*key), .data = text_map(find_member(object, "data"), Keep::All)};
  read_identity(object, info);
  if (const auto* binary = find_member(object, "binaryData"); binary != nullptr && binary->IsObject()) {
    for (const auto& member : binary->GetObject())
      info.binary_keys.emplace(member.name.GetString(), member.name.GetStringLength());
  }
  return info;
}

Result<WebhookConfigurationInfo> parse_webhook_configuration(const JsonValue& object) {
  auto key = parse_key(object);
  if (!key) return fail(key.error());
  WebhookConfigurationInfo info{.name = std::move(key->name),
                                .annotations = text_map(find_path(object, "metadata", "annotations"), Keep::All)};
  read_identity(object, info);
  const auto* webhooks = find_member(object, "webhooks");
  info.webhooks = webhooks != nullptr && webhooks->IsArray() ? normalise(*webhooks) : "[]";
  return info;
}

Result<std::string> parse_username(std::string_view body) {
  const auto document = parse_json(body);
  if (!document) return fail(document.error());
  const auto name = string_at(*document, "status", "userInfo", "username");
  if (name.empty()) return fail(ErrorKind::Protocol, "the SelfSubjectReview names no user");
  return std::string(name);
}

std::string normalise(const JsonValue& value) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  write_normalised(writer, value);
  return text_of(buffer);
}

}  // namespace acr::kube
