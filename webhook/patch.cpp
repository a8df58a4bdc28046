// SPDX-License-Identifier: Apache-2.0
#include "webhook/patch.hpp"

#include <algorithm>

#include "common/base/json.hpp"
#include "common/base/json_text.hpp"

namespace acr::webhook {
namespace {

constexpr std::string_view kListPath = "/imagePullSecrets";
constexpr std::string_view kEndPath = "/imagePullSecrets/-";

/// An "add" whose value is the entry between `before` and `after`.
std::string add_patch(std::string_view path, std::string_view before, std::string_view name, std::string_view after) {
  std::string patch = R"([{"op":"add","path":")";
  patch.reserve(128);
  patch.append(path).append(R"(","value":)").append(before).append(R"({"name":)");
  append_quoted(patch, name);
  return patch.append(after).append("}]");
}

std::string whole_list_patch(std::string_view name) {
  return add_patch(kListPath, "[", name, "}]");
}

std::optional<std::string> name_of_entry(const JsonValue& entry) {
  if (!entry.IsObject()) return std::nullopt;
  return std::string(string_at(entry, "name"));
}

std::optional<std::vector<std::string>> names_of(const JsonValue& list) {
  if (!list.IsArray()) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& entry : list.GetArray()) {
    auto name = name_of_entry(entry);
    if (!name) return std::nullopt;
    names.push_back(std::move(*name));
  }
  return names;
}

std::optional<std::vector<std::string>> apply_operation(const PullSecretList& list, const JsonValue& operation) {
  const auto* value = find_member(operation, "value");
  if (string_at(operation, "op") != "add" || value == nullptr) return std::nullopt;
  const auto path = string_at(operation, "path");
  if (path == kListPath) return names_of(*value);
  if (path != kEndPath || !list.filled) return std::nullopt;  // an empty list may have been dropped on the way
  auto name = name_of_entry(*value);
  if (!name) return std::nullopt;
  auto names = list.names;
  names.push_back(std::move(*name));
  return names;
}

}  // namespace

PullSecretList read_pull_secrets(JsonScanner& scanner) {
  PullSecretList list;
  const auto kind = scanner.next();
  list.malformed = kind != JsonScanner::Kind::Array && kind != JsonScanner::Kind::Null;
  if (kind != JsonScanner::Kind::Array) scanner.skip();
  if (kind != JsonScanner::Kind::Array) return list;
  scanner.read_array([&] {
    list.malformed = list.malformed || scanner.next() != JsonScanner::Kind::Object;
    auto& name = list.names.emplace_back();
    scanner.read_object([&](std::string_view key) {
      if (key == "name") {
        std::string space;
        name = decode(scanner.read_string(), space);
      } else {
        scanner.skip();
      }
    });
  });
  if (list.malformed) list.names.clear();
  list.filled = !list.names.empty();
  return list;
}

std::string build_append_patch(const PullSecretList& list, std::string_view name) {
  if (std::find(list.names.begin(), list.names.end(), name) != list.names.end()) return {};
  if (!list.filled) return whole_list_patch(name);
  return add_patch(kEndPath, "", name, "}");
}

std::string build_overwrite_patch(const PullSecretList& list, std::string_view name) {
  if (list.names.size() == 1 && list.names.front() == name) return {};
  return whole_list_patch(name);
}

std::optional<std::vector<std::string>> apply_patch(const PullSecretList& list, std::string_view patch) {
  const auto document = parse_json(patch);
  if (!document || !document->IsArray()) return std::nullopt;
  PullSecretList current = list;
  for (const auto& operation : document->GetArray()) {
    auto names = apply_operation(current, operation);
    if (!names) return std::nullopt;
    current.names = std::move(*names);
    current.filled = !current.names.empty();
  }
  return current.names;
}

}  // namespace acr::webhook
