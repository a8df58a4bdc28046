// SPDX-License-Identifier: Apache-2.0
#include "common/kube/requests.hpp"

#include <fmt/format.h>

#include "common/base/json.hpp"
#include "common/base/text.hpp"
#include "common/kube/field_manager.hpp"

namespace acr::kube {
namespace {

std::string collection_path(Resource resource, std::string_view namespace_name) {
  if (!resource.namespaced || namespace_name.empty()) return fmt::format("{}/{}", resource.api_prefix, resource.plural);
  return fmt::format("{}/namespaces/{}/{}", resource.api_prefix, encode_url(namespace_name), resource.plural);
}

std::string object_path(Resource resource, const ObjectKey& key) {
  return collection_path(resource, key.namespace_) + "/" + encode_url(key.name);
}

/// "?a=b&c=d" out of names and values; empty values are left out.
class Query {
 public:
  Query& add(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    text_ += fmt::format("{}{}={}", text_.empty() ? '?' : '&', name, encode_url(value));
    return *this;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Query selection_query(const Selection& selection) {
  Query query;
  query.add("fieldSelector", selection.field_selector).add("labelSelector", selection.label_selector);
  return query;
}

http::Request read_request(std::string target, std::string_view partial_kind = {}) {
  std::string accept = "application/json";
  if (!partial_kind.empty())
    accept = fmt::format("application/json;as={};g=meta.k8s.io;v=v1, application/json", partial_kind);
  return {.target = std::move(target), .headers = {{"Accept", std::move(accept)}}};
}

http::Request stream_request(const Selection& selection, Query query, std::string_view resource_version,
                             std::chrono::seconds timeout) {
  query.add("watch", "true").add("allowWatchBookmarks", "true").add("resourceVersion", resource_version);
  query.add("timeoutSeconds", std::to_string(timeout.count()));
  const auto partial = selection.representation == Representation::MetadataOnly ? "PartialObjectMetadata" : "";
  return read_request(collection_path(selection.resource, selection.namespace_) + query.text(), partial);
}

http::Request write_request(std::string method, const std::string& path, std::string_view content_type,
                            std::string body) {
  return {.method = std::move(method),
          .target = fmt::format("{}?fieldManager={}", path, kOwnFieldManager),
          .headers = {{"Accept", "application/json"}, {"Content-Type", std::string(content_type)}},
          .body = std::move(body)};
}

std::string_view verb_of(const http::Request& request, bool named) {
  if (request.method == "POST") return "create";
  if (request.method == "PUT") return "update";
  if (request.method == "PATCH") return "patch";
  if (request.method == "DELETE") return "delete";
  if (request.target.find("sendInitialEvents=true") != std::string::npos) return "list";
  if (request.target.find("watch=true") != std::string::npos) return "watch";
  return named ? "get" : "list";
}

}  // namespace

std::string encode_url(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain)
      encoded.push_back(c);
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

Selection select_by_name(Resource resource, const ObjectKey& key) {
  return {.resource = resource, .namespace_ = key.namespace_, .field_selector = "metadata.name=" + key.name};
}

http::Request build_list_request(const Selection& selection, const ListPosition& position) {
  auto query = selection_query(selection);
  if (position.limit > 0) query.add("limit", std::to_string(position.limit));
  if (!position.continue_token.empty()) {
    query.add("continue", position.continue_token);
  } else if (!position.resource_version.empty()) {
    query.add("resourceVersion", position.resource_version).add("resourceVersionMatch", "NotOlderThan");
  }
  const auto partial = selection.representation == Representation::MetadataOnly ? "PartialObjectMetadataList" : "";
  return read_request(collection_path(selection.resource, selection.namespace_) + query.text(), partial);
}

http::Request build_watch_request(const Selection& selection, std::string_view resource_version,
                                  std::chrono::seconds timeout) {
  return stream_request(selection, selection_query(selection), resource_version, timeout);
}

http::Request build_streamed_list_request(const Selection& selection, std::string_view resource_version,
                                          std::chrono::seconds timeout) {
  auto query = selection_query(selection);
  query.add("sendInitialEvents", "true").add("resourceVersionMatch", "NotOlderThan");
  return stream_request(selection, std::move(query), resource_version, timeout);
}

http::Request build_get_request(Resource resource, const ObjectKey& key) {
  return read_request(object_path(resource, key));
}

http::Request build_create_request(Resource resource, std::string_view namespace_name, std::string body) {
  return write_request("POST", collection_path(resource, namespace_name), "application/json", std::move(body));
}

http::Request build_update_request(Resource resource, const ObjectKey& key, std::string body) {
  return write_request("PUT", object_path(resource, key), "application/json", std::move(body));
}

http::Request build_merge_patch_request(Resource resource, const ObjectKey& key, std::string body) {
  return write_request("PATCH", object_path(resource, key), "application/merge-patch+json", std::move(body));
}

http::Request build_json_patch_request(Resource resource, const ObjectKey& key, std::string body) {
  return write_request("PATCH", object_path(resource, key), "application/json-patch+json", std::move(body));
}

http::Request build_delete_request(Resource resource, const ObjectKey& key, const Preconditions& only_if) {
  http::Request request{
      .method = "DELETE", .target = object_path(resource, key), .headers = {{"Accept", "application/json"}}};
  if (only_if.uid.empty() && only_if.resource_version.empty()) return request;
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_string(writer, "apiVersion", "v1");
  write_string(writer, "kind", "DeleteOptions");
  write_key(writer, "preconditions");
  writer.StartObject();
  if (!only_if.uid.empty()) write_string(writer, "uid", only_if.uid);
  if (!only_if.resource_version.empty()) write_string(writer, "resourceVersion", only_if.resource_version);
  writer.EndObject();
  writer.EndObject();
  request.headers.set("Content-Type", "application/json");
  request.body = text_of(buffer);
  return request;
}

std::string describe_failure(const http::Request& request) {
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  auto parts = split_list(path, '/');
  const std::size_t prefix = !parts.empty() && parts[0] == "apis" ? 3 : 2;
  parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(std::min(prefix, parts.size())));
  std::string namespace_name;
  if (parts.size() > 2 && parts[0] == "namespaces") {
    namespace_name = parts[1];
    parts.erase(parts.begin(), parts.begin() + 2);
  }
  const bool named = parts.size() > 1;
  const auto verb = verb_of(request, named);
  if (parts.empty()) return fmt::format("cannot {} {}", verb, path);
  if (named) return fmt::format("cannot {} {} {}", verb, parts[0], to_string(ObjectKey{namespace_name, parts[1]}));
  if (!namespace_name.empty()) return fmt::format("cannot {} {} in {}", verb, parts[0], namespace_name);
  return fmt::format("cannot {} {}", verb, parts[0]);
}

}  // namespace acr::kube
