// SPDX-License-Identifier: Apache-2.0
// The HTTP around a review.
#include "webhook/transport.hpp"

#include <catch2/catch.hpp>

#include "desk.hpp"
#include "webhook/review.hpp"

namespace acr::webhook {
namespace {

using namespace std::chrono_literals;

http::Request good() {
  return {.method = "POST",
          .target = "/mutate-v1-serviceaccount?timeout=5s",
          .headers = {{"Content-Type", "application/json"}},
          .body = "{}"};
}

unsigned status_of(const http::Request& request) {
  const auto response = refuse_transport(request);
  return response ? response->status : 0;
}

TEST_CASE("SEC-8: only POST of JSON on the two paths is heard", "[webhook]") {
  CHECK(status_of(good()) == 0);
  auto request = good();
  request.target = "/validate-acr-configuration";
  CHECK(status_of(request) == 0);
  for (const auto* target :
       {"/", "/mutate-v1-serviceaccount/", "/Mutate-v1-serviceaccount", "/x?y=/mutate-v1-serviceaccount", ""}) {
    request = good();
    request.target = target;
    CHECK(status_of(request) == 404);
  }
  for (const auto* method : {"GET", "PUT", "HEAD", "OPTIONS", "post"}) {
    request = good();
    request.method = method;
    CHECK(status_of(request) == 405);
  }
}

TEST_CASE("SEC-8: the content type may have parameters", "[webhook]") {
  for (const auto* type : {"application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"}) {
    auto request = good();
    request.headers.set("Content-Type", type);
    CHECK(status_of(request) == 0);
  }
  for (const auto* type :
       {"", "text/plain", "application/jsonx", "application/x-www-form-urlencoded", ";application/json"}) {
    auto request = good();
    request.headers.set("Content-Type", type);
    CHECK(status_of(request) == 415);
  }
  auto request = good();
  request.headers.remove("Content-Type");
  CHECK(status_of(request) == 415);
}

TEST_CASE("empty and too large bodies", "[webhook]") {
  auto request = good();
  request.body.clear();
  CHECK(status_of(request) == 400);
  request.body.assign(kMaxReviewBytes + 1, ' ');
  CHECK(status_of(request) == 413);
}

TEST_CASE("ADM-3: the API server's deadline bounds the wait", "[webhook]") {
  CHECK(work_budget("/x?timeout=10s", 200ms) == 200ms);
  CHECK(work_budget("/x?a=b&timeout=600ms", 200ms) == 100ms);
  CHECK(work_budget("/x?timeout=1s", 5s) == 500ms);
  CHECK(work_budget("/x?timeout=100ms", 200ms) == 0ms);
  for (const auto* target : {"/x", "/x?timeout=", "/x?timeout=soon", "/x?timeout=-1s", "/x?timeouts=1ms"})
    CHECK(work_budget(target, 20s) == 9500ms);
}

TEST_CASE("ADM-10: overload asks for another try in a second, elsewhere", "[webhook]") {
  const auto response = overloaded_response();
  CHECK(response.status == 503);
  CHECK(response.headers.get("Retry-After") == "1");
  CHECK(response.headers.get("Connection") == "close");
}

TEST_CASE("requests, decisions and latency are counted with bounded labels", "[webhook]") {
  test::Desk desk;
  desk.configure(kube::TextMap{{"service-account", "*"}, {"watch-namespace", "all"}});
  desk.add_namespace({.name = "web", .uid = "u", .resource_version = "1", .labels = {}, .annotations = {}});
  desk.post(test::to_json(test::ReviewText{}));
  desk.send({.method = "GET", .target = "/any/thing"});
  const auto* bound =
      R"({"metadata":{"name":"api"},"imagePullSecrets":[{"name":"acr-credential-secret-aggregation"}]})";
  desk.post(test::to_json(
      test::ReviewText{.operation = "UPDATE", .old_object = bound, .field_manager = "argocd-controller"}));
  const auto text = desk.metrics.render();
  using Catch::Matchers::Contains;
  CHECK_THAT(
      text, Contains(R"(controller_runtime_webhook_requests_total{code="200",webhook="/mutate-v1-serviceaccount"} 2)"));
  CHECK_THAT(text, Contains(R"(controller_runtime_webhook_requests_total{code="404",webhook="other"} 1)"));
  CHECK_THAT(text, Contains(R"(acr_webhook_decisions_total{decision="patched"} 2)"));
  CHECK_THAT(text, Contains(R"(acr_webhook_restored_total{manager="argocd-controller"} 1)"));
  CHECK_THAT(text, Contains("controller_runtime_webhook_latency_seconds_count"));
}

}  // namespace
}  // namespace acr::webhook
