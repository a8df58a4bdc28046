// SPDX-License-Identifier: Apache-2.0
// What the usual review costs in memory: nothing to read it, and little to answer it.
#include <catch2/catch.hpp>

#include "tests/bench/counted_memory.hpp"
#include "webhook/mutate.hpp"

namespace acr::webhook {
namespace {

#ifdef NDEBUG
constexpr std::size_t kMostForAnswer = 2048;
#else
constexpr std::size_t kMostForAnswer = 8192;  // a debug build applies the patch once more (ADM-8)
#endif

/// As kube-apiserver sends it for `kubectl create serviceaccount`, with so many more bytes in an annotation.
std::string review_text(std::size_t more) {
  return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002",)"
         R"("kind":{"group":"","version":"v1","kind":"ServiceAccount"},"resource":{"group":"","version":"v1","resource":"serviceaccounts"},)"
         R"("requestKind":{"group":"","version":"v1","kind":"ServiceAccount"},"name":"web","namespace":"team-a","operation":"CREATE",)"
         R"("userInfo":{"username":"kubernetes-admin","groups":["system:masters","system:authenticated"],"extra":{"id":["x"]}},)"
         R"("object":{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"web","namespace":"team-a","creationTimestamp":null,)"
         R"("labels":{"app.kubernetes.io/managed-by":"Helm"},"annotations":{"note":")" +
         std::string(more, 'x') +
         R"("},"managedFields":[{"manager":"kubectl","operation":"Update","fieldsV1":{"f:metadata":{"f:annotations":{".":{}}}}}]}},)"
         R"("oldObject":null,"dryRun":false,"options":{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1","fieldManager":"kubectl"}}})";
}

config::Settings everything() {
  config::Settings settings;
  settings.service_accounts.all = settings.watch_namespaces.all = true;
  return settings;
}

TEST_CASE("a review is read without taking any memory, whatever its size") {
  const auto text = review_text(GENERATE(as<std::size_t>{}, 10, 70'000, 3'000'000));
  const auto before = bench::used_bytes();
  bench::reset_peak();

  const auto review = parse_review(text);
  const auto most = bench::peak_bytes();

  REQUIRE(review);
  CHECK(most == before);
}

TEST_CASE("a review is decided and answered in little memory, whatever its size") {
  const auto text = review_text(GENERATE(as<std::size_t>{}, 10, 70'000));
  const auto settings = everything();
  const kube::NamespaceInfo team{
      .name = "team-a", .uid = "u", .resource_version = "1", .labels = {}, .annotations = {}};
  const auto review = parse_review(text);
  REQUIRE(review);
  const auto before = bench::used_bytes();
  bench::reset_peak();

  const auto decision = decide(*review, {.settings = &settings,
                                         .namespace_ = &team,
                                         .own_namespace = "kube-system",
                                         .secret_name = "acr-credential-secret-aggregation",
                                         .controller_username = "controller"});
  const auto answer = build_answer(*review, {.patch = decision.patch, .decision = "patched"});
  const auto most = bench::peak_bytes();

  CHECK_FALSE(decision.patch.empty());
  CHECK(answer.find("JSONPatch") != std::string::npos);
  CHECK(most - before <= kMostForAnswer);
}

}  // namespace
}  // namespace acr::webhook
