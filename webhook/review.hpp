// SPDX-License-Identifier: Apache-2.0
// AdmissionReview in and out: reads the fields that decide something, writes answers that the API server accepts. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/json.hpp"

namespace acr::webhook {

/// Bodies over this are refused unread: two objects of 3 MiB and 1 MiB for the rest (SEC-7).
inline constexpr std::size_t kMaxReviewBytes = 7u * 1024 * 1024;

/// The request of an AdmissionReview. Owns the parsed body; `object` and `old_object` point into it.
struct Review {
  JsonDocument document;
  std::string api_version;  ///< admission.k8s.io/v1 or v1beta1; the answer uses the same
  std::string uid;
  std::string group;  ///< of the kind that was matched
  std::string kind;
  std::string resource;
  std::string sub_resource;
  std::string operation;  ///< CREATE, UPDATE, DELETE, CONNECT
  std::string namespace_;
  std::string name;  ///< empty with generateName
  std::string username;
  std::string field_manager;
  const JsonValue* object = nullptr;  ///< nullptr if absent or no JSON object
  const JsonValue* old_object = nullptr;
};

/// Unknown fields are ignored; required are apiVersion, kind and request.uid (ADM-6). The Error (Invalid) is an HTTP
/// 400.
Result<Review> parse_review(std::string_view body);

/// What is answered to one review.
struct Answer {
  bool allowed = true;
  std::string patch = {};     ///< JSON Patch text; empty = none
  std::string decision = {};  ///< word for the audit annotation `decision`; empty = none
  std::string message = {};   ///< why it is not allowed
  /// Shown to the user, the most important first: those that do not fit into an answer are only counted there (ADM-11).
  std::vector<std::string> warnings = {};
};

/// The JSON of the answering AdmissionReview. patchType and patch stand together or not at all (ADM-7).
std::string build_answer(const Review& review, const Answer& answer);

}  // namespace acr::webhook
