// SPDX-License-Identifier: Apache-2.0
// A client against peers that are slow, broken or hostile.
#include <catch2/catch.hpp>

#include "common/async/task_group.hpp"
#include "common/http/connection_failure.hpp"
#include "tests/component/http/client_world.hpp"

using namespace acr;
using namespace acr::http::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using fakes::answers;
using fakes::ok_response;
using fakes::ScriptedPeer;
namespace step = fakes::step;

TEST_CASE("an answer cut at any byte is put together again") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (std::size_t cut = 1; cut < chunked.size(); ++cut) {
    ClientWorld world;
    ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Send{.bytes = chunked.substr(0, cut)}, step::Await{},
                                  step::Send{.bytes = chunked.substr(cut)}, step::Stall{}}});
    peer.go();
    const auto response = world.get(peer.origin());
    REQUIRE(response);
    CHECK(response->body == "abcde");
  }
}

TEST_CASE("an answer that trickles in byte by byte is put together again") {
  ClientWorld world;
  ScriptedPeer peer(world.io,
                    {{step::ReadRequest{}, step::Send{.bytes = ok_response("hello"), .piece = 1}, step::Stall{}}});

  CHECK(world.get(peer.origin()).value().body == "hello");
}

TEST_CASE("an answer that never comes ends at the deadline and names the peer") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Stall{}}});

  const auto response = world.get(peer.origin(), 30ms);

  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::Timeout);
  CHECK_THAT(response.error().message,
             Contains("cannot fetch from 127.0.0.1 (127.0.0.1:") && Contains("no answer within the deadline"));
  CHECK_FALSE(http::is_connection_failure(response.error()));
  fakes::run(world.io, peer.wait_closed());
}

TEST_CASE("after a timeout the connection is not used again") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Stall{}}, answers(ok_response("b"))});
  REQUIRE(world.get(peer.origin(), 20ms).error().kind == ErrorKind::Timeout);

  CHECK(world.get(peer.origin()).value().body == "b");
  CHECK(peer.accepted() == 2);
}

TEST_CASE("an answer that stalls in the middle of its body ends at the deadline") {
  ClientWorld world;
  ScriptedPeer peer(
      world.io,
      {{step::ReadRequest{}, step::Send{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}, step::Stall{}}});

  CHECK(world.get(peer.origin(), 30ms).error().kind == ErrorKind::Timeout);
}

TEST_CASE("cancelling a request closes its connection") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Stall{}}});
  bool came_back = false;
  async::TaskGroup tasks(world.io.get_executor());
  const auto request_once = [](ClientWorld& where, http::Origin origin, bool& back) -> async::awaitable<void> {
    (void)co_await where.client->fetch(origin, {}, {.deadline = async::deadline_in(5s)});
    back = true;
  };
  tasks.spawn("request", request_once(world, peer.origin(), came_back));
  while (peer.requests().empty()) world.io.run_one();

  fakes::run(world.io, tasks.stop());

  fakes::run(world.io, peer.wait_closed());
  CHECK_FALSE(came_back);
}

TEST_CASE("what is not HTTP is an error of kind protocol") {
  const auto garbage =
      GENERATE(as<std::string>{}, "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
               "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nzz\r\n",
               "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", "\x16\x03\x01\x02garbage\r\n\r\n");
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Send{.bytes = garbage}, step::Stall{}}});

  const auto response = world.get(peer.origin());

  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::Protocol);
  CHECK_THAT(response.error().message, Contains("127.0.0.1 (127.0.0.1:"));
}

TEST_CASE("a body over the limit is refused, whether promised or sent (CPP-1)") {
  const auto bytes =
      GENERATE(as<std::string>{}, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n",
               "HTTP/1.1 200 OK\r\n\r\nhello world", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n");
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Send{.bytes = bytes}, step::Stall{}}});

  const auto response = fakes::run(
      world.io, world.client->fetch(peer.origin(), {}, {.deadline = async::deadline_in(5s), .max_body = 10}));

  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::Protocol);
}

TEST_CASE("a header that never ends is refused") {
  ClientWorld world;
  ScriptedPeer peer(world.io,
                    {{step::ReadRequest{}, step::Send{.bytes = "HTTP/1.1 200 OK\r\nX: " + std::string(64 * 1024, 'x')},
                      step::Stall{}}});

  CHECK(world.get(peer.origin()).error().kind == ErrorKind::Protocol);
}

TEST_CASE("a body cut short is an error, not a short body (CPP-7)") {
  const auto bytes = GENERATE(as<std::string>{}, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Send{.bytes = bytes}, step::Close{}}});

  const auto response = world.get(peer.origin());

  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::Unavailable);
  CHECK_THAT(response.error().message, Contains("closed before the answer was complete"));
}

TEST_CASE("a body without length ends where the server closes") {
  ClientWorld world;
  ScriptedPeer peer(world.io,
                    {{step::ReadRequest{}, step::Send{.bytes = "HTTP/1.1 200 OK\r\n\r\nabc"}, step::Close{}}});

  CHECK(world.get(peer.origin()).value().body == "abc");
}

TEST_CASE("informational answers before the real one are skipped") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                                       ok_response("a"))});

  CHECK(world.get(peer.origin()).value().body == "a");
}

TEST_CASE("an early refusal of a large body is understood although the body was not read") {
  ClientWorld world;
  ScriptedPeer peer(
      world.io,
      {{step::Send{.bytes = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
        step::HalfClose{}}});

  const auto response = world.send(peer.origin(), {.method = "POST", .body = std::string(4 * 1024 * 1024, 'x')});

  CHECK(response.value().status == 413);
}

TEST_CASE("a refused connection names the host, the address and the reason") {
  ClientWorld world;
  const auto port = closed_port();

  const auto response = world.get({.scheme = "http", .host = "localhost", .port = port});

  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::Unavailable);
  CHECK_THAT(response.error().message,
             Contains("cannot connect to localhost (") && Contains(std::to_string(port) + "): connection refused"));
  CHECK(http::is_connection_failure(response.error()));
}

TEST_CASE("a header field with a line break is refused before anything is sent") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {answers(ok_response("a"))});

  const auto response = world.send(peer.origin(), {.headers = {{"Authorization", "Bearer x\r\nX-Evil: 1"}}});

  REQUIRE(response.error().kind == ErrorKind::Invalid);
  CHECK_THAT(response.error().message, !Contains("Bearer"));
  CHECK(peer.accepted() == 0);
}
