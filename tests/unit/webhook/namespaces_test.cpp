// SPDX-License-Identifier: Apache-2.0
// Waiting for a Namespace that was made a moment ago.
#include "webhook/namespaces.hpp"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "desk.hpp"
#include "tests/fakes/run.hpp"

namespace acr::webhook {
namespace {

using namespace std::chrono_literals;

kube::NamespaceInfo named(const std::string& name) {
  return {.name = name, .uid = name, .resource_version = "1", .labels = {}, .annotations = {}};
}

TEST_CASE("a known Namespace needs no wait", "[webhook]") {
  test::Desk desk;
  desk.add_namespace(named("web"));
  CHECK(fakes::run(desk.io, desk.namespaces.await_namespace("web", async::deadline_in(-1s))) != nullptr);
}

TEST_CASE("a Namespace that appears within the wait is used", "[webhook]") {
  test::Desk desk;
  desk.configure(kube::TextMap{{"service-account", "*"}, {"watch-namespace", "all"}});
  auto excluded = named("web");
  excluded.labels["acr-credential-helper/exclude"] = "true";
  boost::asio::post(desk.io, [&] {
    desk.add_namespace(named("other"));
    desk.add_namespace(excluded);
  });
  const auto answer = test::read_answer(desk.post(test::to_json(test::ReviewText{})));
  CHECK(answer.decision == "namespace_not_covered");
}

TEST_CASE("a Namespace that does not appear in 200 ms is bound and counted", "[webhook]") {
  test::Desk desk;
  desk.configure(kube::TextMap{{"service-account", "*"}, {"watch-namespace", "all"}});
  const auto begin = async::Clock::now();
  const auto answer = test::read_answer(desk.post(test::to_json(test::ReviewText{})));
  const auto waited = async::Clock::now() - begin;
  CHECK(answer.decision == "patched_unknown_namespace");
  CHECK(waited >= 190ms);
  CHECK(waited < 2s);
  CHECK_THAT(desk.metrics.render(),
             Catch::Matchers::Contains(R"(acr_webhook_decisions_total{decision="patched_unknown_namespace"} 1)"));
}

TEST_CASE("ADM-3: a short deadline of the API server shortens the wait", "[webhook]") {
  test::Desk desk;
  desk.configure(kube::TextMap{{"service-account", "*"}, {"watch-namespace", "all"}});
  const auto begin = async::Clock::now();
  test::read_answer(desk.post(test::to_json(test::ReviewText{}), "/mutate-v1-serviceaccount?timeout=500ms"));
  CHECK(async::Clock::now() - begin < 150ms);
}

}  // namespace
}  // namespace acr::webhook
