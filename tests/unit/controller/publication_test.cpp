// SPDX-License-Identifier: Apache-2.0
// When logins become the content of the pull Secrets.
#include "controller/publication.hpp"

#include <catch2/catch.hpp>

namespace acr::controller {
namespace {

using namespace std::chrono_literals;

const WallTime kStart{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}};
constexpr std::chrono::milliseconds kThreshold = 900s;

credentials::RegistryLogin login(const std::string& key, WallTime issued, std::chrono::seconds life = 3600s) {
  return {.instance_id = key,
          .region_id = "cn-hangzhou",
          .hosts = {key + ".example.com"},
          .username = "u",
          .password = Secret("p"),
          .issued = issued,
          .expires = issued + life,
          .instance_key = key};
}

}  // namespace

TEST_CASE("nothing is published before a login was seen") {
  Publication publication;
  publication.observe({}, kStart);
  CHECK(publication.due(kThreshold, kStart) == std::nullopt);
}

TEST_CASE("the first login is published at once") {
  Publication publication;
  publication.observe({login("a", kStart)}, kStart);
  CHECK(publication.due(kThreshold, kStart) <= kStart);
  CHECK(publication.publish(kStart).size() == 1);
  CHECK(publication.due(kThreshold, kStart) == std::nullopt);
}

TEST_CASE("a renewed login waits for others, but not longer than a third of the threshold") {
  Publication publication;
  publication.observe({login("a", kStart), login("b", kStart)}, kStart);
  publication.publish(kStart);
  const auto renewed = kStart + 2700s;  // the old ones have the whole threshold left
  publication.observe({login("a", renewed), login("b", kStart)}, renewed);
  const auto due = publication.due(kThreshold, renewed);
  REQUIRE(due);
  CHECK(*due > renewed);
  CHECK(*due <= renewed + 300s);
  publication.observe({login("a", renewed), login("b", renewed + 60s)}, renewed + 60s);
  CHECK(publication.due(kThreshold, renewed + 60s) == due);  // the wait began with the first
}

TEST_CASE("a renewed login waits under a threshold as long as its life as well, by what that comes to") {
  Publication publication;
  publication.observe({login("a", kStart)}, kStart);
  publication.publish(kStart);
  const auto renewed = kStart + 1800s;  // half of its life is left
  publication.observe({login("a", renewed)}, renewed);
  CHECK(publication.due(3600s, renewed) == renewed + 600s);
}

TEST_CASE("after the first login those that come with it are published together, later ones wait a little longer") {
  Publication publication;
  publication.observe({login("a", kStart)}, kStart);
  publication.publish(kStart);
  publication.observe({login("a", kStart), login("b", kStart)}, kStart + 1s);
  CHECK(publication.due(kThreshold, kStart + 1s) == kStart + 3s);
  publication.observe({login("a", kStart), login("b", kStart), login("c", kStart)}, kStart + 2s);
  CHECK(publication.due(kThreshold, kStart + 2s) == kStart + 3s);
  CHECK(publication.publish(kStart + 3s).size() == 3);
  const auto late = kStart + 60s;
  publication.observe({login("a", kStart), login("b", kStart), login("c", kStart), login("d", late)}, late);
  CHECK(publication.due(kThreshold, late) == late + 5s);
  SECTION("unless somebody has just edited the configuration") {
    publication.note_edit();
    CHECK(publication.due(kThreshold, late) == late + 2s);
  }
  SECTION("unless nothing is served") {
    publication.observe({}, kStart + 2h);
    publication.publish(kStart + 2h);
    publication.observe({login("a", kStart + 2h)}, kStart + 2h);
    CHECK(publication.due(kThreshold, kStart + 2h) == kStart + 2h);
  }
}

TEST_CASE("a login for other hosts is published soon") {
  Publication publication;
  publication.observe({login("a", kStart)}, kStart);
  publication.publish(kStart);
  auto narrowed = login("a", kStart);
  narrowed.hosts = {"other.example.com"};
  publication.observe({narrowed}, kStart + 10s);
  CHECK(publication.due(kThreshold, kStart + 10s) == kStart + 12s);
}

TEST_CASE("a login that vanished is taken out soon, one that has ended at once") {
  Publication publication;
  publication.observe({login("a", kStart), login("b", kStart)}, kStart);
  publication.publish(kStart);
  publication.observe({login("b", kStart)}, kStart + 10s);
  CHECK(publication.due(kThreshold, kStart + 10s) == kStart + 12s);
  publication.observe({login("b", kStart)}, kStart + 11s);
  CHECK(publication.due(kThreshold, kStart + 11s) == kStart + 12s);
  publication.publish(kStart + 12s);
  publication.observe({}, kStart + 3600s);
  CHECK(publication.due(kThreshold, kStart + 3600s) <= kStart + 3600s);
}

TEST_CASE("logins that were known and have all expired leave an empty content to publish") {
  Publication publication;
  publication.mark_known();
  publication.observe({}, kStart);
  CHECK(publication.due(kThreshold, kStart) == kStart);
  CHECK(publication.publish(kStart).empty());
}

}  // namespace acr::controller
