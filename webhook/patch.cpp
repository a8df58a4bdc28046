// SPDX-License-Identifier: Apache-2.0
#include "webhook/patch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace acr::webhook {
namespace {

constexpr std::string_view kListPath = "/imagePullSecrets";
constexpr std::string_view kEndPath = "/imagePullSecrets/-";

std::string whole_list_patch(std::string_view name) {
  return fmt::format(R"([{{"op":"add","path":"{}","value":[{{"name":{}}}]}}])", kListPath, quote_json(name));
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

PullSecretList parse_pull_secrets(const JsonValue& object) {
  PullSecretList list;
  const auto* found = find_member(object, "imagePullSecrets");
  if (found == nullptr || found->IsNull()) return list;
  if (auto names = names_of(*found)) {
    list.names = std::move(*names);
    list.filled = !list.names.empty();
  } else {
    list.malformed = true;
  }
  return list;
}

std::string build_append_patch(const PullSecretList& list, std::string_view name) {
  if (std::find(list.names.begin(), list.names.end(), name) != list.names.end()) return {};
  if (!list.filled) return whole_list_patch(name);
  return fmt::format(R"([{{"op":"add","path":"{}","value":{{"name":{}}}}}])", kEndPath, quote_json(name));
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
