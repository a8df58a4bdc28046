// SPDX-License-Identifier: Apache-2.0
// AdmissionReview in and out: reads the fields that decide something, writes answers that the API server accepts. Pure.
#pragma once

#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/json_scanner.hpp"
#include "webhook/patch.hpp"

namespace acr::webhook {

/// Bodies over this are refused unread: two objects of 3 MiB and 1 MiB for the rest (SEC-7).
inline constexpr std::size_t kMaxReviewBytes = 7u * 1024 * 1024;

/// What decisions need of the object of a review.
struct ReviewedObject {
  bool present = false;  ///< false: absent, or no JSON object
  std::string_view text;
  std::string_view name;
  std::string_view generate_name;
  bool excluded_by_label = false;
  bool excluded_by_annotation = false;
  bool terminating = false;
  PullSecretList pull_secrets = {};
};

/// The request of an AdmissionReview. All texts are pieces of the body, which must outlive it.
struct Review {
  std::string_view api_version;  ///< admission.k8s.io/v1 or v1beta1; the answer uses the same
  std::string_view uid;
  std::string_view group;  ///< of the kind that was matched
  std::string_view kind;
  std::string_view resource;
  std::string_view sub_resource;
  std::string_view operation;  ///< CREATE, UPDATE, DELETE, CONNECT
  std::string_view namespace_;
  std::string_view name;  ///< empty with generateName
  std::string_view username;
  std::string_view field_manager;
  ReviewedObject object;
  ReviewedObject old_object;
  std::forward_list<std::string> decoded = {};  ///< texts that stand in the body with escapes
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
