// SPDX-License-Identifier: Apache-2.0
#include "webhook/review.hpp"

#include <array>

#include "common/kube/object.hpp"

namespace acr::webhook {
namespace {

constexpr std::size_t kMaxDepth = 100;  // the API server's own objects have fewer
constexpr std::size_t kMaxUid = 256;
constexpr std::array<std::string_view, 2> kVersions{"admission.k8s.io/v1", "admission.k8s.io/v1beta1"};

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorKind::Invalid, "not an AdmissionReview: " + std::move(message));
}

bool is_version(std::string_view text) {
  return text == kVersions[0] || text == kVersions[1];
}

/// Reads one review. A member that stands twice counts as Go reads it: the last one, member by member.
class ReviewReader {
 public:
  explicit ReviewReader(std::string_view body) : scanner_(body, kMaxDepth) {}

  Result<Review> read();

 private:
  void read_request();
  void read_kind();
  void read_object(ReviewedObject& object);
  void read_metadata(ReviewedObject& object);
  bool read_exclusion();
  /// The string of the only member that matters of an object; empty if it is not there.
  std::string_view read_member(std::string_view name);
  std::string_view read_text();

  JsonScanner scanner_;
  Review review_;
  std::string_view kind_;
};

std::string_view ReviewReader::read_text() {
  const auto text = scanner_.read_string();
  if (!text.escaped) return text.raw;
  return decode(text, review_.decoded.emplace_front());
}

std::string_view ReviewReader::read_member(std::string_view name) {
  std::string_view found;
  scanner_.read_object([&](std::string_view key) {
    if (key == name) {
      found = read_text();
    } else {
      scanner_.skip();
    }
  });
  return found;
}

bool ReviewReader::read_exclusion() {
  return read_member(kube::kExcludeKey) == "true";
}

void ReviewReader::read_metadata(ReviewedObject& object) {
  scanner_.read_object([&](std::string_view key) {
    if (key == "name") {
      object.name = read_text();
    } else if (key == "generateName") {
      object.generate_name = read_text();
    } else if (key == "labels") {
      object.excluded_by_label = read_exclusion();
    } else if (key == "annotations") {
      object.excluded_by_annotation = read_exclusion();
    } else if (key == "deletionTimestamp") {
      object.terminating = scanner_.skip() != "null";
    } else {
      scanner_.skip();
    }
  });
}

void ReviewReader::read_object(ReviewedObject& object) {
  object = {};
  object.present = scanner_.next() == JsonScanner::Kind::Object;
  const auto begin = scanner_.position();
  scanner_.read_object([&](std::string_view key) {
    if (key == "metadata") {
      read_metadata(object);
    } else if (key == "imagePullSecrets") {
      object.pull_secrets = read_pull_secrets(scanner_);
    } else {
      scanner_.skip();
    }
  });
  object.text = scanner_.text_since(begin);
}

void ReviewReader::read_kind() {
  review_.group = review_.kind = {};
  scanner_.read_object([&](std::string_view key) {
    if (key == "group") {
      review_.group = read_text();
    } else if (key == "kind") {
      review_.kind = read_text();
    } else {
      scanner_.skip();
    }
  });
}

void ReviewReader::read_request() {
  scanner_.read_object([&](std::string_view key) {
    if (key == "uid") {
      review_.uid = read_text();
    } else if (key == "kind") {
      read_kind();
    } else if (key == "resource") {
      review_.resource = read_member("resource");
    } else if (key == "subResource") {
      review_.sub_resource = read_text();
    } else if (key == "operation") {
      review_.operation = read_text();
    } else if (key == "namespace") {
      review_.namespace_ = read_text();
    } else if (key == "name") {
      review_.name = read_text();
    } else if (key == "userInfo") {
      review_.username = read_member("username");
    } else if (key == "options") {
      review_.field_manager = read_member("fieldManager");
    } else if (key == "object") {
      read_object(review_.object);
    } else if (key == "oldObject") {
      read_object(review_.old_object);
    } else {
      scanner_.skip();
    }
  });
}

Result<Review> ReviewReader::read() {
  scanner_.read_object([&](std::string_view key) {
    if (key == "apiVersion") {
      review_.api_version = read_text();
    } else if (key == "kind") {
      kind_ = read_text();
    } else if (key == "request") {
      read_request();
    } else {
      scanner_.skip();
    }
  });
  if (const auto finished = scanner_.finish(); !finished) return refuse(finished.error().message);
  if (kind_ != "AdmissionReview" || !is_version(review_.api_version)) return refuse("apiVersion or kind is another");
  if (review_.uid.empty() || review_.uid.size() > kMaxUid) return refuse("request.uid is missing");
  return std::move(review_);
}

}  // namespace

Result<Review> parse_review(std::string_view body) {
  if (body.size() > kMaxReviewBytes) return refuse("too large");
  return ReviewReader(body).read();
}

}  // namespace acr::webhook
