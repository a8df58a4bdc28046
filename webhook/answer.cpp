// SPDX-License-Identifier: Apache-2.0
// The answer to a review, as the API server accepts it.
#include <fmt/format.h>

#include "common/base/base64.hpp"
#include "common/base/json_text.hpp"
#include "common/base/text.hpp"
#include "webhook/review.hpp"

namespace acr::webhook {
namespace {

// The API server passes warnings on as they are up to 4096 characters in all, and cuts each at 256 beyond that
// (ADM-11); the rest is for those of others.
constexpr std::size_t kMaxWarningsTogether = 3500;
constexpr std::size_t kMaxWarnings = 20;
constexpr std::size_t kMaxWarning = 1000;
constexpr std::size_t kMaxMessage = 8192;

void append_patch(std::string& json, const std::string& patch) {
  if (patch.empty()) return;
  json += R"(,"patchType":"JSONPatch","patch":")";
  json += encode_base64(patch);
  json += '"';
}

void append_refusal(std::string& json, const std::string& message) {
  json += R"(,"status":{"code":422,"reason":"Invalid","message":)";
  append_quoted(json, printable(message, kMaxMessage));
  json += '}';
}

void append_decision(std::string& json, std::string_view decision) {
  if (decision.empty()) return;
  json += R"(,"auditAnnotations":{"decision":)";
  append_quoted(json, decision);
  json += '}';
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

void append_warnings(std::string& json, const std::vector<std::string>& warnings) {
  if (warnings.empty()) return;
  json += R"(,"warnings":)";
  char separator = '[';
  for (const auto& warning : select_warnings(warnings)) {
    json += separator;
    append_quoted(json, warning);
    separator = ',';
  }
  json += ']';
}

}  // namespace

std::string build_answer(const Review& review, const Answer& answer) {
  std::string json;
  json.reserve(512);  // the usual answer in one piece
  json += R"({"apiVersion":)";
  append_quoted(json, review.api_version);
  json += R"(,"kind":"AdmissionReview","response":{"uid":)";
  append_quoted(json, review.uid);
  json += answer.allowed ? R"(,"allowed":true)" : R"(,"allowed":false)";
  if (answer.allowed) append_patch(json, answer.patch);
  if (!answer.allowed) append_refusal(json, answer.message);
  append_decision(json, answer.decision);
  append_warnings(json, answer.warnings);
  return json += "}}";
}

}  // namespace acr::webhook
