// SPDX-License-Identifier: Apache-2.0
// The synthetic review before a registration.
#include "controller/registration/probe.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "common/base/json.hpp"
#include "tests/fakes/fake_client.hpp"
#include "tests/fakes/run.hpp"

namespace acr::controller {
namespace {

using Catch::Matchers::Contains;

const WebhookEndpoint kService{.service = {"kube-system", "acr-webhook"}};
const WebhookEndpoint kUrl{.url = "https://[fd00::7]:9443/base/"};

http::Response answer(const std::string& uid) {
  return {.status = 200,
          .body = R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":true,"uid":")" +
                  uid + "\"}}"};
}

TEST_CASE("a Service is dialled at its clusterIP under the name that API servers verify", "[registration]") {
  const auto target = build_probe_target(kService, "10.96.0.9");
  REQUIRE(target);
  CHECK(target->origin == http::Origin{.scheme = "https", .host = "acr-webhook.kube-system.svc", .port = 443});
  REQUIRE(target->connect_to);
  CHECK(target->connect_to->host == "10.96.0.9");
  CHECK(target->connect_to->port == 443);
  CHECK(target->path == "/mutate-v1-serviceaccount");
}

TEST_CASE("ADM-2: a headless Service is an error that names it", "[registration]") {
  for (const auto* cluster_ip : {"", "None"}) {
    const auto target = build_probe_target(kService, cluster_ip);
    REQUIRE_FALSE(target);
    CHECK_THAT(target.error().message, Contains("kube-system/acr-webhook") && Contains("clusterIP"));
  }
}

TEST_CASE("a URL is dialled as it stands", "[registration]") {
  const auto target = build_probe_target(kUrl, "");
  REQUIRE(target);
  CHECK(target->origin == http::Origin{.scheme = "https", .host = "fd00::7", .port = 9443});
  CHECK_FALSE(target->connect_to);
  CHECK(target->path == "/base/mutate-v1-serviceaccount");
  CHECK(build_probe_target({.url = "https://hook.example.com"}, "")->origin.port == 443);
}

TEST_CASE("a webhook that starts late is found at once, and one that never comes costs little", "[registration]") {
  using namespace std::chrono_literals;
  CHECK(probe_pause(0s) == 500ms);
  CHECK(probe_pause(10s) == 500ms);
  CHECK(probe_pause(1min) == 3s);
  CHECK(probe_pause(100s) == 5s);
  CHECK(probe_pause(24h) == 5s);
}

TEST_CASE("an unusable URL is refused", "[registration]") {
  for (const auto* url :
       {"http://x", "hook", "https://", "https://x:0", "https://u:p@x", "https://x?y=z", "https://x#y"}) {
    CAPTURE(url);
    CHECK_FALSE(build_probe_target({.url = url}, ""));
  }
}

TEST_CASE("the probe is a dry run that nobody patches", "[registration]") {
  const auto request = build_probe_request(*build_probe_target(kService, "10.0.0.1"), "u-\"7", "kube-system");
  CHECK(request.method == "POST");
  CHECK(request.headers.get("Content-Type") == "application/json");
  const auto review = parse_json(request.body);
  REQUIRE(review);
  CHECK(string_at(*review, "request", "uid") == "u-\"7");
  CHECK(string_at(*review, "request", "namespace") == "kube-system");
  CHECK(bool_at(*find_member(*review, "request"), "dryRun") == true);
}

TEST_CASE("only a review that echoes the uid is an answer", "[registration]") {
  CHECK(parse_probe_response(answer("u"), "u"));
  CHECK_FALSE(parse_probe_response(answer("other"), "u"));
  CHECK_FALSE(parse_probe_response({.status = 404, .body = answer("u").body}, "u"));
  CHECK_FALSE(parse_probe_response({.status = 200, .body = "hello"}, "u"));
  CHECK_FALSE(parse_probe_response({.status = 200, .body = R"({"response":{"uid":"u"}})"}, "u"));
  CHECK_FALSE(parse_probe_response(
      {.status = 200, .body = R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"})"}, ""));
}

TEST_CASE("a failed connection says that it was the probe's", "[registration]") {
  boost::asio::io_context io;
  fakes::FakeClient client([](const http::Request&) -> Result<http::Response> {
    return fail(ErrorKind::Unavailable, "connection refused");
  });
  const auto result = fakes::run(
      io, probe(client, *build_probe_target(kService, "10.0.0.1"), "u", "kube-system", async::Deadline::max()));
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "webhook probe: connection refused");
  REQUIRE(client.calls.size() == 1);
  CHECK(client.calls.front().origin.host == "acr-webhook.kube-system.svc");
}

}  // namespace
}  // namespace acr::controller
