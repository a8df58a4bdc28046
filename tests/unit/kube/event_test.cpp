// SPDX-License-Identifier: Apache-2.0
#include "common/kube/event.hpp"

#include <catch2/catch.hpp>

#include "common/base/json.hpp"

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

const async::Deadline kStart{1h};

Event refreshed(const std::string& name = "pull", const std::string& reason = "CredentialRefreshed") {
  return {.regarding = {.api_version = "v1", .kind = "Secret", .key = {"shop", name}},
          .reason = reason,
          .action = "Refresh",
          .note = "done"};
}

}  // namespace

TEST_CASE("WR-10: a repeated Event within six minutes raises a count") {
  EventCorrelator correlator;
  const auto first = correlator.plan(refreshed(), "aa", kStart);
  REQUIRE(first);
  CHECK_FALSE(first->patch);
  CHECK(first->key == ObjectKey{"shop", "pull.aa"});

  const auto second = correlator.plan(refreshed(), "bb", kStart + 5min);
  REQUIRE(second);
  CHECK(second->patch);
  CHECK(second->key == first->key);
  CHECK(second->count == 2);

  const auto third = correlator.plan(refreshed(), "cc", kStart + 10min);
  CHECK(third->count == 3);

  const auto later = correlator.plan(refreshed(), "dd", kStart + 17min);
  CHECK_FALSE(later->patch);
  CHECK(later->key.name == "pull.dd");
}

TEST_CASE("WR-10: another object, reason or severity is another Event") {
  EventCorrelator correlator;
  (void)correlator.plan(refreshed(), "aa", kStart);
  auto warning = refreshed();
  warning.severity = Severity::Warning;

  CHECK_FALSE(correlator.plan(refreshed("other"), "bb", kStart)->patch);
  CHECK_FALSE(correlator.plan(refreshed("pull", "Adopted"), "cc", kStart)->patch);
  CHECK_FALSE(correlator.plan(warning, "dd", kStart)->patch);
  CHECK(correlator.plan(refreshed(), "ee", kStart)->patch);
}

TEST_CASE("WR-10: what the note says newly is told in an Event of its own, since a posted note cannot be changed") {
  EventCorrelator correlator;
  auto other = refreshed();
  other.note = "another line";
  (void)correlator.plan(refreshed(), "aa", kStart);

  const auto told = correlator.plan(other, "bb", kStart);
  const auto again = correlator.plan(refreshed(), "cc", kStart);

  REQUIRE((told && again));
  CHECK_FALSE(told->patch);
  CHECK(told->key.name == "pull.bb");
  CHECK(again->patch);
  CHECK(again->key.name == "pull.aa");
}

TEST_CASE("an Event that the server has lost is posted anew") {
  EventCorrelator correlator;
  (void)correlator.plan(refreshed(), "aa", kStart);
  correlator.forget(refreshed());
  CHECK_FALSE(correlator.plan(refreshed(), "bb", kStart)->patch);
}

TEST_CASE("a flood about one object and reason is cut off, and others are not") {
  EventCorrelator correlator;
  int planned = 0;
  for (int i = 0; i < 100; ++i) planned += correlator.plan(refreshed(), "aa", kStart) ? 1 : 0;
  CHECK(planned == 25);
  CHECK(correlator.plan(refreshed("other"), "aa", kStart));
  CHECK(correlator.plan(refreshed(), "aa", kStart + 5min));
  CHECK_FALSE(correlator.plan(refreshed(), "aa", kStart + 5min));
}

TEST_CASE("WR-10: notes that differ each time are cut off like one that does not") {
  EventCorrelator correlator;
  int planned = 0;
  for (int i = 0; i < 100; ++i) {
    auto event = refreshed();
    event.note = "try " + std::to_string(i);
    planned += correlator.plan(event, std::to_string(i), kStart) ? 1 : 0;
  }
  CHECK(planned == 25);
}

TEST_CASE("a flood about one part of an object does not silence the others") {
  EventCorrelator correlator;
  auto event = refreshed();
  event.part = "cri-a";
  while (correlator.plan(event, "aa", kStart)) {
  }
  event.part = "cri-b";
  event.note = "refused";
  CHECK(correlator.plan(event, "bb", kStart));
}

TEST_CASE("notes are told apart as far as they are written") {
  EventCorrelator correlator;
  auto event = refreshed();
  event.note = std::string(1024, 'x') + "one end";
  const auto first = correlator.plan(event, "aa", kStart);
  event.note = std::string(1024, 'x') + "another end";
  CHECK(correlator.plan(event, "bb", kStart)->key == first->key);
}

TEST_CASE("WR-10: the body has what the API demands, within its limits") {
  auto event = refreshed();
  event.severity = Severity::Warning;
  event.note = std::string(1023, 'x') + "ü";
  event.regarding.uid = "u";
  const WallTime now{std::chrono::seconds{1'780'000'000}};
  const auto body = parse_json(
      build_event_body(event, {.controller = "acr-credential-helper/controller", .instance = std::string(200, 'p')},
                       {"shop", "pull.aa"}, now));

  REQUIRE(body);
  CHECK(string_at(*body, "apiVersion") == "events.k8s.io/v1");
  CHECK(string_at(*body, "eventTime") == format_rfc3339_micro(now));
  CHECK(string_at(*body, "reportingController") == "acr-credential-helper/controller");
  CHECK(string_at(*body, "reportingInstance").size() == 128);
  CHECK(string_at(*body, "type") == "Warning");
  CHECK(string_at(*body, "action") == "Refresh");
  CHECK(string_at(*body, "note") == std::string(1023, 'x'));
  CHECK(string_at(*body, "regarding", "namespace") == "shop");
  CHECK(string_at(*body, "regarding", "uid") == "u");
}

TEST_CASE("WR-10: an Event about an object of the whole cluster lives in default") {
  CHECK(event_namespace({.api_version = "v1", .kind = "Namespace", .key = {"", "shop"}}) == "default");
}

TEST_CASE("an Event's name is valid however long the object's is") {
  EventCorrelator correlator;
  const auto move =
      correlator.plan(refreshed(std::string(235, 'a') + "." + std::string(17, 'b')), "0123456789abcdef", kStart);
  CHECK(move->key.name == std::string(235, 'a') + ".0123456789abcdef");
}

TEST_CASE("a series patch carries count and time") {
  CHECK(build_event_series_patch(4, WallTime{}) ==
        R"({"series":{"count":4,"lastObservedTime":"1970-01-01T00:00:00.000000Z"}})");
}

}  // namespace acr::kube
