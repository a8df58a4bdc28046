// SPDX-License-Identifier: Apache-2.0
#include "webhook/review.hpp"

#include <fmt/format.h>

#include <array>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

namespace acr::webhook {
namespace {

constexpr std::size_t kMaxDepth =
    100;  // the API server's own objects have fewer; RapidJSON recurses when it frees them
constexpr std::size_t kMaxUid = 256;
// The API server passes warnings on as they are up to 4096 characters in all, and cuts each at 256 beyond that
// (ADM-11); the rest is for those of others.
constexpr std::size_t kMaxWarningsTogether = 3500;
constexpr std::size_t kMaxWarnings = 20;
constexpr std::size_t kMaxWarning = 1000;
constexpr std::size_t kMaxMessage = 8192;
constexpr std::array<std::string_view, 2> kVersions{"admission.k8s.io/v1", "admission.k8s.io/v1beta1"};

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorKind::Invalid, "not an AdmissionReview: " + std::move(message));
}

const JsonValue* object_at(const JsonValue& request, std::string_view name) {
  const auto* found = find_member(request, name);
  return found != nullptr && found->IsObject() ? found : nullptr;
}

bool is_version(std::string_view text) {
  return text == kVersions[0] || text == kVersions[1];
}

void write_patch(JsonWriter& writer, const std::string& patch) {
  if (patch.empty()) return;
  write_string(writer, "patchType", "JSONPatch");
  write_string(writer, "patch", encode_base64(patch));
}

void write_refusal(JsonWriter& writer, const std::string& message) {
  write_key(writer, "status");
  writer.StartObject();
  write_key(writer, "code");
  writer.Int(422);
  write_string(writer, "reason", "Invalid");
  write_string(writer, "message", printable(message, kMaxMessage));
  writer.EndObject();
}

/// As many whole ones as fit, and the number of the others.
std::vector<std::string> select_warnings(const std::vector<std::string>& warnings) {
  std::vector<std::string> shown;
  std::size_t together = 0;
  for (const auto& warning : warnings) {
    auto text = printable(warning, kMaxWarning);
    together += text.size();
    if (shown.size() == kMaxWarnings || together > kMaxWarningsTogether) break;
    shown.push_back(std::move(text));
  }
  if (const auto left = warnings.size() - shown.size(); left > 0)
    shown.push_back(fmt::format("and {} more {}", left, left == 1 ? "warning" : "warnings"));
  return shown;
}

void write_warnings(JsonWriter& writer, const std::vector<std::string>& warnings) {
  if (warnings.empty()) return;
  write_key(writer, "warnings");
  writer.StartArray();
  for (const auto& warning : select_warnings(warnings)) write_value(writer, warning);
  writer.EndArray();
}

void write_decision(JsonWriter& writer, const std::string& decision) {
  if (decision.empty()) return;
  write_key(writer, "auditAnnotations");
  writer.StartObject();
  write_string(writer, "decision", decision);
  writer.EndObject();
}

}  // namespace

Result<Review> parse_review(std::string_view body) {
  if (body.size() > kMaxReviewBytes) return refuse("too large");
  auto document = parse_json(body, kMaxDepth);
  if (!document) return refuse(document.error().message);
  Review review;
  review.document = std::move(*document);
  const JsonValue& root = review.document;
  review.api_version = string_at(root, "apiVersion");
  if (string_at(root, "kind") != "AdmissionReview" || !is_version(review.api_version))
    return refuse("apiVersion or kind is another");
  review.uid = string_at(root, "request", "uid");
  if (review.uid.empty() || review.uid.size() > kMaxUid) return refuse("request.uid is missing");
  const JsonValue& request = *find_member(root, "request");
  review.group = string_at(request, "kind", "group");
  review.kind = string_at(request, "kind", "kind");
  review.resource = string_at(request, "resource", "resource");
  review.sub_resource = string_at(request, "subResource");
  review.operation = string_at(request, "operation");
  review.namespace_ = string_at(request, "namespace");
  review.name = string_at(request, "name");
  review.username = string_at(request, "userInfo", "username");
  review.field_manager = string_at(request, "options", "fieldManager");
  review.object = object_at(request, "object");
  review.old_object = object_at(request, "oldObject");
  return review;
}

std::string build_answer(const Review& review, const Answer& answer) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_string(writer, "apiVersion", review.api_version);
  write_string(writer, "kind", "AdmissionReview");
  write_key(writer, "response");
  writer.StartObject();
  write_string(writer, "uid", review.uid);
  write_key(writer, "allowed");
  writer.Bool(answer.allowed);
  if (answer.allowed) write_patch(writer, answer.patch);
  if (!answer.allowed) write_refusal(writer, answer.message);
  write_decision(writer, answer.decision);
  write_warnings(writer, answer.warnings);
  writer.EndObject();
  writer.EndObject();
  return text_of(buffer);
}

}  // namespace acr::webhook
