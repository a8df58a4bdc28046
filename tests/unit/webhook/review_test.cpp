// SPDX-License-Identifier: Apache-2.0
// Reading reviews from anybody and writing answers that the API server accepts.
#include "webhook/review.hpp"

#include <catch2/catch.hpp>

#include "common/base/base64.hpp"
#include "common/base/json.hpp"
#include "desk.hpp"

namespace acr::webhook {
namespace {

using Catch::Matchers::Contains;

const Review& any_review() {
  static const auto text = test::to_json(test::ReviewText{});
  static const auto review = *parse_review(text);
  return review;
}

TEST_CASE("a review is read", "[webhook]") {
  const auto& review = any_review();
  CHECK(review.uid == "u-1");
  CHECK(review.kind == "ServiceAccount");
  CHECK(review.operation == "CREATE");
  CHECK(review.namespace_ == "web");
  CHECK(review.username == "deploy-admin");
  CHECK(review.field_manager == "kubectl-apply");
  REQUIRE(review.object.present);
  CHECK(review.object.name == "api");
  CHECK(review.object.text == test::ReviewText{}.object);
  CHECK_FALSE(review.old_object.present);
}

TEST_CASE("texts with escapes are read, and live as long as their review", "[webhook]") {
  const std::string text =
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a","namesp\u0061ce":"w\u0065b",)"
      R"("object":{"metadata":{"name":"a\/\u00e9\ud83d\ude00\"","labels":{"acr-credential-helper\/exclude":"\u0074rue"}}}}})";
  auto review = *parse_review(text);
  const Review moved = std::move(review);
  CHECK(moved.namespace_ == "web");
  CHECK(moved.object.name == "a/\u00e9\U0001F600\"");
  CHECK(moved.object.excluded_by_label);
}

TEST_CASE("CPP-3: of members that stand twice the last one counts, as Go reads it", "[webhook]") {
  const auto* text =
      R"({"apiVersion":"x","kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"a","uid":"b",)"
      R"("object":{"metadata":{"name":"old"},"imagePullSecrets":[{"name":"x"}]},"object":{"metadata":{"name":"new"}}}})";
  const auto review = parse_review(text);
  REQUIRE(review);
  CHECK(review->uid == "b");
  CHECK(review->object.name == "new");
  CHECK_FALSE(review->object.pull_secrets.filled);
}

TEST_CASE("ADM-6: apiVersion, kind and uid are required", "[webhook]") {
  for (const auto* body :
       {"", "null", "[]", "{}", "7", R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"})",
        R"({"apiVersion":"v1","kind":"AdmissionReview","request":{"uid":"a"}})",
        R"({"apiVersion":"admission.k8s.io/v1","kind":"Review","request":{"uid":"a"}})",
        R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":7}})",
        R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":[]})"}) {
    CAPTURE(body);
    CHECK_FALSE(parse_review(body));
  }
  CHECK(parse_review(R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a"}})"));
}

TEST_CASE("SEC-11: deep nesting and huge bodies are refused", "[webhook]") {
  std::string deep = R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a","object":)";
  deep += std::string(100'000, '[') + std::string(100'000, ']') + "}}";
  CHECK_FALSE(parse_review(deep));
  CHECK_FALSE(parse_review(std::string(kMaxReviewBytes + 1, ' ')));
}

TEST_CASE("no cut or changed byte of a review harms the reader", "[webhook]") {
  const auto text = test::to_json(test::ReviewText{});
  for (std::size_t length = 0; length < text.size(); ++length) CHECK_FALSE(parse_review(text.substr(0, length)));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char byte : {'\0', '"', '{', '\x80', '\\'}) {
      auto changed = text;
      changed[at] = byte;
      const auto review = parse_review(changed);
      CHECK((!review || parse_json(changed, 100)));  // as strict as the parser of whole documents
      if (review) CHECK(parse_json(build_answer(*review, {})));
    }
  }
}

TEST_CASE("ADM-7: patch and patchType stand together or not at all", "[webhook]") {
  const auto without = build_answer(any_review(), {});
  CHECK(without ==
        R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u-1","allowed":true}})");
  const auto with = build_answer(any_review(), {.patch = "[]", .decision = "patched"});
  CHECK_THAT(with, Contains(R"("patchType":"JSONPatch","patch":"W10=")") &&
                       Contains(R"("auditAnnotations":{"decision":"patched"})"));
}

TEST_CASE("a refusal says why under `status`, without a patch", "[webhook]") {
  const auto answer = build_answer(any_review(), {.allowed = false, .patch = "[]", .message = "line 3 column 5: bad"});
  CHECK_THAT(answer, Contains(R"("allowed":false)") &&
                         Contains(R"("status":{"code":422,"reason":"Invalid","message":"line 3 column 5: bad"})"));
  CHECK_THAT(answer, !Contains("patch"));
}

std::vector<std::string> written_warnings(std::vector<std::string> warnings) {
  const auto document = parse_json(build_answer(any_review(), {.warnings = std::move(warnings)}));
  const auto* found = find_path(*document, "response", "warnings");
  REQUIRE(found != nullptr);
  std::vector<std::string> texts;
  for (const auto& warning : found->GetArray()) texts.emplace_back(warning.GetString());
  return texts;
}

TEST_CASE("ADM-11: warnings are whole, on one line, and none is lost without a word") {
  const auto long_one = "first\nsecond " + std::string(600, 'x');
  struct Row {
    std::size_t count;
    std::string text;
    std::size_t told;
    const char* last;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {3, long_one, 3, "first"},
      {30, long_one, 5, "and 25 more warnings"},
      {6, long_one, 5, "and 1 more warning"},
      {20, "short", 20, "short"},
      {25, "short", 20, "and 5 more warnings"},
      {1, std::string(5000, 'y'), 1, "yyyy"},
  }));
  CAPTURE(row.count, row.text);
  const auto texts = written_warnings(std::vector<std::string>(row.count, row.text));
  CHECK(texts.size() == row.told + (row.told < row.count ? 1 : 0));
  CHECK_THAT(texts.back(), Catch::StartsWith(row.last));
  std::size_t together = 0;
  for (const auto& text : texts) {
    together += text.size();
    CHECK(text.find('\n') == std::string::npos);
  }
  CHECK(together <= 4096);
  if (row.count > 1) CHECK_THAT(texts.front(), Catch::EndsWith(row.text.substr(row.text.size() - 5)));
}

TEST_CASE("a uid is echoed as it came", "[webhook]") {
  const auto* text = R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a\"b\\c"}})";
  const auto review = parse_review(text);
  const auto document = parse_json(build_answer(*review, {}));
  CHECK(string_at(*document, "response", "uid") == "a\"b\\c");
}

}  // namespace
}  // namespace acr::webhook
