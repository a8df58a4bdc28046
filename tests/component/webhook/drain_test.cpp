// SPDX-License-Identifier: Apache-2.0
// SHD-1: leaving without failing a request.
#include "webhook/drain.hpp"

#include <catch2/catch.hpp>

#include "common/async/sleep.hpp"
#include "replica.hpp"
#include "tests/fakes/run.hpp"

namespace acr::webhook::test {
namespace {

using namespace std::chrono_literals;

struct Leaving {
  Replica replica;
  certs::AuthoritySet set = make_authority();
  bool left = false;
  async::TaskGroup tasks{replica.io.get_executor()};

  Leaving() { replica.see(set, "1"); }
  ~Leaving() { fakes::run(replica.io, tasks.stop()); }
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;

  void leave(DrainTiming timing) { tasks.spawn("drain", run_drain(timing)); }
  async::awaitable<void> run_drain(DrainTiming timing) {
    co_await drain(*replica.server, replica.group, timing);
    left = true;
  }
  async::awaitable<void> until_left() {
    while (!left) co_await async::sleep_for(1ms);
  }
};

TEST_CASE("SHD-1: while it waits it serves, and every answer closes its connection", "[webhook]") {
  Leaving world;
  const auto client = world.replica.client(world.set.bundle_pem);
  REQUIRE(world.replica.ask(*client)->headers.get("Connection") != "close");
  world.leave({.delay = 400ms, .limit = 5s});
  for (int i = 0; i < 3; ++i) {
    const auto answer = world.replica.ask(*client);
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->headers.get("Connection") == "close");
  }
  CHECK_FALSE(world.left);
  fakes::run(world.replica.io, world.until_left());
  CHECK_FALSE(world.replica.ask(*client));
}

TEST_CASE("SHD-1: without an open connection it ends when the delay is over", "[webhook]") {
  Leaving world;
  const auto begin = async::Clock::now();
  world.leave({.delay = 50ms, .limit = 60s});
  fakes::run(world.replica.io, world.until_left());
  const auto took = async::Clock::now() - begin;
  CHECK(took >= 50ms);
  CHECK(took < 5s);
}

TEST_CASE("SHD-1: idle connections are left to the client, until the limit", "[webhook]") {
  Leaving world;
  const auto client = world.replica.client(world.set.bundle_pem);
  REQUIRE(world.replica.ask(*client));
  const auto begin = async::Clock::now();
  world.leave({.delay = 10ms, .limit = 300ms});
  fakes::run(world.replica.io, world.until_left());
  CHECK(async::Clock::now() - begin >= 300ms);
  CHECK(world.replica.server->connections() == 0);
}

TEST_CASE("SHD-1: an idle connection that the client closes ends the wait", "[webhook]") {
  Leaving world;
  auto client = world.replica.client(world.set.bundle_pem);
  REQUIRE(world.replica.ask(*client));
  const auto begin = async::Clock::now();
  world.leave({.delay = 10ms, .limit = 60s});
  client->close_idle();
  fakes::run(world.replica.io, world.until_left());
  CHECK(async::Clock::now() - begin < 5s);
}

TEST_CASE("SHD-1: a request under way is answered", "[webhook]") {
  Leaving world;
  const auto client = world.replica.client(world.set.bundle_pem);
  REQUIRE(world.replica.ask(*client));
  world.leave({.delay = 20ms, .limit = 60s});
  const auto answer = world.replica.ask(*client, "not-seen-yet");  // waits 200 ms for the Namespace
  REQUIRE(answer);
  CHECK(answer->status == 200);
  fakes::run(world.replica.io, world.until_left());
}

}  // namespace
}  // namespace acr::webhook::test
