// SPDX-License-Identifier: Apache-2.0
// Which connection a request travels on: reuse, staleness, and when a request is sent twice.
#include <catch2/catch.hpp>

#include "common/async/sleep.hpp"
#include "common/async/task_group.hpp"
#include "common/http/exchange.hpp"
#include "tests/component/http/client_world.hpp"

using namespace acr;
using namespace acr::http::tests;
using namespace std::chrono_literals;
using fakes::answers;
using fakes::ok_response;
using fakes::Script;
using fakes::ScriptedPeer;
namespace step = fakes::step;

TEST_CASE("two requests in a row share one connection") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {answers(ok_response("hello"), 2)});

  REQUIRE(world.get(peer.origin()).value().body == "hello");
  REQUIRE(world.get(peer.origin()).value().body == "hello");

  CHECK(peer.accepted() == 1);
  CHECK(peer.requests().at(1) ==
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(peer.port()) + "\r\nUser-Agent: test\r\n\r\n");
}

TEST_CASE("a connection whose server said Connection: close is not used again") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {answers(ok_response("a", "Connection: close\r\n"), 2)});

  REQUIRE(world.get(peer.origin()));
  REQUIRE(world.get(peer.origin()));

  CHECK(peer.accepted() == 2);
}

TEST_CASE("a connection on which bytes follow the answer is not used again") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {answers(ok_response("a") + "HTTP/1.1 200 OK\r\n", 2)});

  REQUIRE(world.get(peer.origin()));
  REQUIRE(world.get(peer.origin()));

  CHECK(peer.accepted() == 2);
}

TEST_CASE("a connection whose time is over just as the answer is complete is not used again") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {answers(ok_response("a"))});
  http::Socket socket(world.io);
  socket.connect({boost::asio::ip::address_v4::loopback(), peer.port()});
  http::Exchange exchange({.transport = http::make_plain_transport(std::move(socket)), .peer = "peer"}, {},
                          http::AnswerBody::Expected);
  REQUIRE(fakes::run(world.io, exchange.run(std::make_shared<const Secret>("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))));
  CHECK(exchange.is_reusable());

  exchange.expire_at(async::Clock::now());
  world.io.restart();
  world.io.poll();

  CHECK_FALSE(exchange.is_reusable());
}

TEST_CASE("an idle connection over its limit is not used again") {
  ClientWorld world({.user_agent = "test", .idle_limit = 0s});
  ScriptedPeer peer(world.io, {answers(ok_response("a"), 2)});

  REQUIRE(world.get(peer.origin()));
  REQUIRE(world.get(peer.origin()));

  CHECK(peer.accepted() == 2);
}

TEST_CASE("an idle connection over its limit is closed although nobody asks for one") {
  ClientWorld world({.user_agent = "test", .idle_limit = 0s});
  ScriptedPeer peer(world.io, {answers(ok_response("a"), 2)});
  REQUIRE(world.get(peer.origin()));
  CHECK(peer.open() == 1);

  world.client->close_old();

  CHECK_NOTHROW(fakes::run(world.io, peer.wait_closed()));
}

TEST_CASE("close_idle makes the next request use a new connection (LW-27)") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {answers(ok_response("a"), 2)});
  REQUIRE(world.get(peer.origin()));

  world.client->close_idle();
  fakes::run(world.io, peer.wait_closed());
  REQUIRE(world.get(peer.origin()));

  CHECK(peer.accepted() == 2);
}

TEST_CASE("a connection in use while close_idle is called is not kept afterwards (LW-27)") {
  ClientWorld world;
  ScriptedPeer peer(world.io,
                    {{step::ReadRequest{}, step::Await{}, step::Send{.bytes = ok_response("a")}, step::Stall{}},
                     answers(ok_response("b"))});
  async::TaskGroup tasks(world.io.get_executor());
  const auto request_once = [](ClientWorld& where, http::Origin origin) -> async::awaitable<void> {
    (void)co_await where.client->fetch(origin, {}, {.deadline = async::deadline_in(5s)});
  };
  tasks.spawn("request", request_once(world, peer.origin()));
  while (peer.requests().empty()) world.io.run_one();

  world.client->close_idle();
  peer.go();
  fakes::run(world.io, tasks.join());

  REQUIRE(world.get(peer.origin()).value().body == "b");
  CHECK(peer.accepted() == 2);
}

TEST_CASE("an idle connection that the server closed meanwhile is noticed before it is used, even for a POST") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Send{.bytes = ok_response("a")}, step::Close{}},
                               answers(ok_response("b"))});
  REQUIRE(world.get(peer.origin()));
  fakes::run(world.io, peer.wait_closed());

  const auto second = world.send(peer.origin(), {.method = "POST", .body = "x"});

  REQUIRE(second.value().body == "b");
  CHECK(peer.requests().size() == 2);
}

namespace {

/// A first answer, then a connection that dies when the second request arrives.
std::vector<Script> dies_on_second_request(fakes::Step death) {
  return {{step::ReadRequest{}, step::Send{.bytes = ok_response("a")}, step::ReadRequest{}, std::move(death)},
          answers(ok_response("b"))};
}

}  // namespace

TEST_CASE("a GET on a reused connection that dies unanswered is sent once more (LW-15)") {
  const auto death = GENERATE(as<fakes::Step>{}, step::Close{}, step::Reset{});
  ClientWorld world;
  ScriptedPeer peer(world.io, dies_on_second_request(death));
  REQUIRE(world.get(peer.origin()));

  REQUIRE(world.get(peer.origin()).value().body == "b");

  CHECK(peer.requests().size() == 3);
}

TEST_CASE("a write on a reused connection that dies unanswered is not sent again (LW-15)") {
  const auto method = GENERATE("POST", "PATCH", "PUT", "DELETE");
  ClientWorld world;
  ScriptedPeer peer(world.io, dies_on_second_request(step::Close{}));
  REQUIRE(world.get(peer.origin()));

  const auto second = world.send(peer.origin(), {.method = method, .body = "x"});

  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::Unavailable);
  CHECK(peer.requests().size() == 2);
}

TEST_CASE("a GET on a fresh connection that dies unanswered is not sent again") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Close{}}});

  const auto first = world.get(peer.origin());

  REQUIRE_FALSE(first);
  CHECK(first.error().message == "cannot read the answer of 127.0.0.1 (127.0.0.1:" + std::to_string(peer.port()) +
                                     "): the peer closed the connection");
  CHECK(peer.requests().size() == 1);
}

TEST_CASE("a GET on a reused connection that dies in the middle of an answer is not sent again") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Send{.bytes = ok_response("a")}, step::ReadRequest{},
                                step::Send{.bytes = "HTTP/1.1 200"}, step::Close{}}});
  REQUIRE(world.get(peer.origin()));

  REQUIRE(world.get(peer.origin()).error().kind == ErrorKind::Unavailable);

  CHECK(peer.requests().size() == 2);
}

TEST_CASE("no more than the allowed connections wait idle") {
  ClientWorld world({.user_agent = "test", .max_idle = 1});
  ScriptedPeer peer(world.io,
                    {{step::ReadRequest{}, step::Await{}, step::Send{.bytes = ok_response("a")}, step::Stall{}}});
  async::TaskGroup tasks(world.io.get_executor());
  const auto request_once = [](ClientWorld& where, http::Origin origin) -> async::awaitable<void> {
    (void)co_await where.client->fetch(origin, {}, {.deadline = async::deadline_in(5s)});
  };
  for (int i = 0; i < 3; ++i) tasks.spawn("request", request_once(world, peer.origin()));
  while (peer.requests().size() < 3) world.io.run_one();

  for (int i = 0; i < 3; ++i) peer.go();
  fakes::run(world.io, tasks.join());

  const auto until_one_is_left = [](ScriptedPeer& where) -> async::awaitable<void> {
    while (where.open() > 1) co_await async::sleep_for(1ms);
  };
  fakes::run(world.io, until_one_is_left(peer));
  CHECK(peer.accepted() == 3);
  CHECK(peer.open() == 1);
}
