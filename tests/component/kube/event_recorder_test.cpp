// SPDX-License-Identifier: Apache-2.0
#include "common/kube/event_recorder.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <set>

#include "tests/component/kube/fixture.hpp"

namespace acr::kube::test {
namespace {

using namespace std::chrono_literals;

const std::string kEventPath = "/apis/events.k8s.io/v1/events";

Event about(const std::string& name) {
  return {.regarding = {.api_version = "v1", .kind = "ServiceAccount", .key = {"shop", name}},
          .reason = "ImagePullSecretAttached",
          .action = "Bind",
          .note = "x"};
}

struct Recording : Fixture {
  void start() { tasks.group.spawn("events", recorder.run()); }
  void drain() { fakes::run(io, recorder.drain(async::deadline_in(5s))); }

  EventRecorder recorder{client, metrics, {.controller = "acr-credential-helper/controller", .instance = "pod"}};
  Tasks tasks{io};
};

}  // namespace

TEST_CASE("WR-10: an Event is posted, and a repetition raises its count") {
  Recording test;
  test.start();
  test.recorder.emit(about("web"));
  test.recorder.emit(about("web"));
  test.recorder.emit(about("api"));
  test.drain();

  REQUIRE(test.server.all(kEventPath).size() == 2);
  const auto web = parse_json(test.server.all(kEventPath).at(1));
  CHECK(string_at(*web, "regarding", "name") == "web");
  CHECK(integer_at(*find_path(*web, "series"), "count") == 2);
  CHECK(string_at(*web, "reportingInstance") == "pod");
  CHECK(test.metrics.render().find(R"(acr_events_total{result="posted"} 3)") != std::string::npos);
}

TEST_CASE("WR-10: two Events that differ in the note alone both stand on the server, each with its own words") {
  Recording test;
  test.start();
  auto other = about("web");
  other.note = "y";
  for (const auto& event : {about("web"), other, about("web")}) test.recorder.emit(event);
  test.drain();

  std::multiset<std::string> told;
  for (const auto& body : test.server.all(kEventPath)) {
    const auto event = parse_json(body);
    const auto* series = find_path(*event, "series");
    told.insert(fmt::format("{} {}", string_at(*event, "note"),
                            series == nullptr ? 1 : integer_at(*series, "count").value_or(0)));
  }
  CHECK(told == std::multiset<std::string>{"x 2", "y 1"});
}

TEST_CASE("WR-10: emitting never waits; what does not fit is dropped and counted") {
  Recording test;
  for (int i = 0; i < 1005; ++i) test.recorder.emit(about("a" + std::to_string(i)));

  CHECK(test.metrics.render().find(R"(acr_events_total{result="dropped"} 5)") != std::string::npos);
  test.start();
  test.drain();
  CHECK(test.server.all(kEventPath).size() == 1000);
}

TEST_CASE("an Event that vanished from the server is posted anew") {
  Recording test;
  test.start();
  test.recorder.emit(about("web"));
  test.drain();
  const auto first = parse_json(test.server.all(kEventPath).at(0));
  test.server.erase(kEventPath, "shop", std::string(string_at(*first, "metadata", "name")));

  test.recorder.emit(about("web"));
  test.drain();

  CHECK(test.server.all(kEventPath).size() == 1);
}

TEST_CASE("an Event that is refused for good is dropped; the next is tried") {
  Recording test;
  test.server.before = [](const http::Request& request) -> std::optional<Result<http::Response>> {
    if (request.body.find("\"web\"") == std::string::npos) return std::nullopt;
    return fakes::status_response(403, "Forbidden", "terminating", "NamespaceTerminating");
  };
  test.start();
  test.recorder.emit(about("web"));
  test.recorder.emit(about("api"));
  test.drain();

  CHECK(test.server.all(kEventPath).size() == 1);
  CHECK(test.asked("POST") == 2);
  CHECK(test.metrics.render().find(R"(acr_events_total{result="failed"} 1)") != std::string::npos);
}

TEST_CASE("draining ends at its deadline even if the server does not answer") {
  Recording test;
  test.recorder.emit(about("web"));
  const auto begun = async::Clock::now();
  fakes::run(test.io, test.recorder.drain(async::deadline_in(20ms)));
  CHECK(async::Clock::now() - begun < 2s);
}

}  // namespace acr::kube::test
