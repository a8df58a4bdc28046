// SPDX-License-Identifier: Apache-2.0
#include "desk.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "common/base/base64.hpp"
#include "tests/fakes/run.hpp"

namespace acr::webhook::test {

void Desk::configure(std::optional<kube::TextMap> data) {
  std::vector<kube::ConfigMapInfo> config_maps;
  if (data)
    config_maps.push_back(
        {.key = {"kube-system", "acr-configuration"}, .uid = "u", .resource_version = "1", .data = std::move(*data)});
  stores.config_maps.replace(std::move(config_maps));
  stores.states.replace({});
}

void Desk::add_namespace(kube::NamespaceInfo info) {
  stores.namespaces.upsert(std::move(info));
}

http::Response Desk::send(const http::Request& request) {
  return fakes::run(io, admission.handle(request));
}

http::Response Desk::post(std::string body, std::string target) {
  return send({.method = "POST",
               .target = std::move(target),
               .headers = {{"Content-Type", "application/json"}},
               .body = std::move(body)});
}

ReadAnswer read_answer(const http::Response& response) {
  REQUIRE(response.status == 200);
  REQUIRE(response.headers.get("Content-Type") == "application/json");
  const auto document = parse_json(response.body);
  REQUIRE(document);
  const auto* answer = find_member(*document, "response");
  REQUIRE(answer != nullptr);
  ReadAnswer read;
  read.api_version = string_at(*document, "apiVersion");
  read.kind = string_at(*document, "kind");
  read.uid = string_at(*answer, "uid");
  read.allowed = bool_at(*answer, "allowed").value();
  read.has_patch_member = find_member(*answer, "patch") != nullptr;
  read.has_patch_type_member = find_member(*answer, "patchType") != nullptr;
  const auto patch = decode_base64(string_at(*answer, "patch"));
  REQUIRE(patch);
  read.patch = *patch;
  read.decision = string_at(*answer, "auditAnnotations", "decision");
  read.message = string_at(*answer, "status", "message");
  if (const auto* warnings = find_member(*answer, "warnings")) {
    for (const auto& warning : warnings->GetArray()) read.warnings.emplace_back(warning.GetString());
  }
  return read;
}

std::string to_json(const ReviewText& text) {
  return fmt::format(
      R"({{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u-1","kind":{{"group":"","version":"v1","kind":"{}"}},)"
      R"("resource":{{"group":"","version":"v1","resource":"{}"}},"name":"{}","namespace":"{}","operation":"{}",)"
      R"("userInfo":{{"username":"{}"}},"object":{},"oldObject":{},"options":{{"fieldManager":"{}"}},"dryRun":false}}}})",
      text.kind, text.resource, text.name, text.namespace_, text.operation, text.username, text.object, text.old_object,
      text.field_manager);
}

}  // namespace acr::webhook::test
