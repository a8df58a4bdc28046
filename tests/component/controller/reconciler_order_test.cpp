// SPDX-License-Identifier: Apache-2.0
// What goes first when there is much to do, how fast refreshes are, and that nothing is written twice.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/component/controller/reconciler_world.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;

/// So many requests may be under way already when something more urgent comes, and one in eight goes to the oldest.
constexpr std::size_t kUnderWay = 32;

/// How many writes others get in while a new Namespace settles (5 ms), at the rate of the `writes` made in `time`.
std::size_t settling(std::size_t writes, std::chrono::milliseconds time) {
  return writes * 5 / static_cast<std::size_t>(time.count());
}

std::size_t position_of(const std::vector<Write>& writes, const std::string& part) {
  const auto found =
      std::ranges::find_if(writes, [&](const Write& write) { return write.what.find(part) != std::string::npos; });
  REQUIRE(found != writes.end());
  return static_cast<std::size_t>(found - writes.begin());
}

}  // namespace

TEST_CASE("a new ServiceAccount and a new Namespace overtake a backfill of thousands") {
  ReconcilerWorld world;
  world.add_namespace("old");
  for (int i = 0; i < 3000; ++i) world.add_account("old", fmt::format("worker-{:04}", i));
  world.lead();
  world.pass(100ms);
  const auto before = world.writes().size();
  REQUIRE(before > 100);
  REQUIRE(before < 2000);

  world.add_namespace("fresh");
  world.add_account("fresh", "zulu");
  world.pass(10s);

  const auto writes = world.writes();
  CHECK(position_of(writes, "/fresh/serviceaccounts/zulu") <= before + kUnderWay + 2);
  CHECK(position_of(writes, "POST /api/v1/namespaces/fresh/secrets") <= before + settling(before, 100ms) + kUnderWay);
  CHECK(writes.size() == 3000 + 1 + 2);
}

TEST_CASE("new objects overtake a refresh, and a refresh overtakes a backfill") {
  auto options = ReconcilerWorld::default_options();
  options.refresh_qps = 0;
  ReconcilerWorld world({}, options);
  for (int i = 0; i < 500; ++i) {
    world.add_namespace(fmt::format("n-{:03}", i));
    world.add_secret(fmt::format("n-{:03}", i), "old");
  }
  world.add_namespace("old");
  for (int i = 0; i < 1000; ++i) world.add_account("old", fmt::format("worker-{:04}", i));
  world.lead("new");
  world.pass(20ms);
  const auto before = world.writes().size();
  REQUIRE(before < 400);
  world.add_namespace("fresh");
  world.add_account("fresh", "zulu");
  world.pass(10s);

  const auto writes = world.writes();
  CHECK(position_of(writes, "/fresh/serviceaccounts/zulu") <= before + kUnderWay + 2);
  CHECK(position_of(writes, "POST /api/v1/namespaces/fresh/secrets") <= before + settling(before, 20ms) + kUnderWay);
  std::size_t bound_before_last_refresh = 0;
  std::size_t bound = 0;
  for (const auto& write : writes) {
    if (write.what.find("/serviceaccounts/worker") != std::string::npos) ++bound;
    if (write.what.find("/secrets/") != std::string::npos) bound_before_last_refresh = bound;
  }
  CHECK(bound == 1000);
  CHECK(bound_before_last_refresh <= 500 / 7 + kUnderWay);
}

TEST_CASE(
    "a refresh is spread by --refresh-qps, what expires first is written first, and whoever is new waits for nothing") {
  auto options = ReconcilerWorld::default_options();
  options.refresh_qps = 2;
  ReconcilerWorld world({}, options);
  for (int i = 0; i < 20; ++i) world.add_namespace(fmt::format("n-{:02}", i));
  world.lead("first");
  world.pass(10s);
  REQUIRE(world.writes("POST").size() == 20);
  world.publish("second");  // written in the order of the names, half a second apart
  world.pass(5s);
  world.publish("third");  // while the second is on its way: those that still hold the first are older
  const auto began = world.now();
  const auto count = world.writes("PATCH").size();
  world.pass(2s);
  world.add_namespace("fresh");
  world.pass(20s);

  CHECK(world.password("fresh") == "third");
  const auto refreshes = world.writes("PATCH");
  REQUIRE(refreshes.size() == count + 20);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto& write = refreshes[count + i];
    const auto since = write.at - began;
    INFO(write.what);
    CHECK(since >= i * 500ms);
    CHECK(since <= i * 500ms + 100ms);
  }
  CHECK(refreshes[count].what.find(fmt::format("/n-{:02}/", count)) != std::string::npos);
  CHECK(world.writes("POST /api/v1/namespaces/fresh/secrets").front().at - began < 2100ms);
  for (int i = 0; i < 20; ++i) CHECK(world.password(fmt::format("n-{:02}", i)) == "third");
  CHECK(world.events("RefreshTooSlow").empty());
}

TEST_CASE("neither an edit of the configuration nor another look at everything makes a refresh faster than its rate") {
  auto options = ReconcilerWorld::default_options();
  options.refresh_qps = 2;
  ReconcilerWorld world({}, options);
  for (int i = 0; i < 20; ++i) world.add_namespace(fmt::format("n-{:02}", i));
  world.lead("first");
  world.pass(10s);
  const auto began = world.now();
  world.publish("second");
  world.pass(2s);
  world.configure({{"watch-namespace", "all"}, {"service-account", "default"}});
  world.pass(3s);
  CHECK(world.writes("PATCH").size() <= 12);
  world.pass(20s);
  CHECK(world.writes("PATCH").size() == 20);
  CHECK(world.writes("PATCH").back().at - began >= 9500ms);
}

TEST_CASE("a refresh that cannot be in time is told once, with the rate that would do") {
  auto options = ReconcilerWorld::default_options();
  options.refresh_qps = 0.05;
  ReconcilerWorld world({{"expiring-threshold", "15m"}}, options);
  for (int i = 0; i < 20; ++i) world.add_namespace(fmt::format("n-{:02}", i));
  world.lead("first");
  world.pass(10s);
  CHECK(world.events("RefreshTooSlow").empty());
  for (const auto* password : {"second", "third"}) {
    world.publish(password);
    world.pass(10min);
  }
  const auto told = world.events("RefreshTooSlow");
  REQUIRE(told.size() == 1);
  CHECK_THAT(told.front(), Catch::Contains("20 pull Secrets") && Catch::Contains("at least --refresh-qps 1"));
}

TEST_CASE(
    "LW-23, WR-5: each object is written once, our own writes are answered by none, and then nothing is written") {
  ReconcilerWorld world;
  for (int n = 0; n < 20; ++n) {
    const auto name = fmt::format("n-{:02}", n);
    world.add_namespace(name);
    for (const auto* account : {"default", "web", "db"}) world.add_account(name, account, {"theirs"});
  }
  world.lead();
  world.pass(10s);
  CHECK(world.writes("POST").size() == 20);
  CHECK(world.writes("PATCH").size() == 60);
  CHECK(world.entries("n-07", "web") == std::vector<std::string>{"theirs", kPullSecret});

  world.pass(2h);
  CHECK(world.writes().size() == 80);
}

TEST_CASE("a restart, and a second look at everything, write nothing") {
  ReconcilerWorld first;
  first.add_namespace("shop");
  first.add_account("shop", "default");
  first.lead();
  first.pass(10s);
  const auto count = first.writes().size();
  first.publish("first", 1h);
  first.pass(10s);
  CHECK(first.writes().size() <= count + 1);  // another expiry is another content
  const auto again = first.writes().size();
  first.lead("");
  first.pass(10s);
  CHECK(first.writes().size() == again);
}

}  // namespace acr::controller
