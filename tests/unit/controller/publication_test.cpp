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

TEST_CASE("a login that replaces none is published at once") {
  Publication publication;
  publication.observe({login("a", kStart)}, kStart);
  CHECK(publication.due(kThreshold, kStart) <= kStart);
  CHECK(publication.publish().size() == 1);
  CHECK(publication.due(kThreshold, kStart) == std::nullopt);
}

TEST_CASE("a renewed login waits for others, but not longer than a third of the threshold") {
  Publication publication;
  publication.observe({login("a", kStart), login("b", kStart)}, kStart);
  publication.publish();
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
  publication.publish();
  const auto renewed = kStart + 1800s;  // half of its life is left
  publication.observe({login("a", renewed)}, renewed);
  CHECK(publication.due(3600s, renewed) == renewed + 600s);
}

TEST_CASE("a login for other hosts is published at once") {
  Publication publication;
  publication.observe({login("a", kStart)}, kStart);
  publication.publish();
  auto narrowed = login("a", kStart);
  narrowed.hosts = {"other.example.com"};
  publication.observe({narrowed}, kStart + 10s);
  CHECK(publication.due(kThreshold, kStart + 10s) <= kStart + 10s);
}

TEST_CASE("a login that vanished is taken out at once") {
  Publication publication;
  publication.observe({login("a", kStart), login("b", kStart)}, kStart);
  publication.publish();
  publication.observe({login("b", kStart)}, kStart + 10s);
  CHECK(publication.due(kThreshold, kStart + 10s) == kStart + 10s);
}

TEST_CASE("logins that were known and have all expired leave an empty content to publish") {
  Publication publication;
  publication.mark_known();
  publication.observe({}, kStart);
  CHECK(publication.due(kThreshold, kStart) == kStart);
  CHECK(publication.publish().empty());
}

}  // namespace acr::controller
