// SPDX-License-Identifier: Apache-2.0
// Answers that are read while they arrive.
#include <catch2/catch.hpp>

#include "common/async/task_group.hpp"
#include "tests/component/http/client_world.hpp"

using namespace acr;
using namespace acr::http::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using fakes::ScriptedPeer;
namespace step = fakes::step;

namespace {

const std::string kChunkedHeader = "HTTP/1.1 200 OK\r\nX-Kind: watch\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string read_to_end(ClientWorld& world, http::ResponseStream& stream) {
  std::string all;
  for (;;) {
    const auto piece = world.read(stream).value();
    if (piece.empty()) return all;
    all += piece;
  }
}

}  // namespace

TEST_CASE("a stream is open when its header has arrived, and gives each piece as it comes") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Send{.bytes = kChunkedHeader}, step::Await{},
                                step::Send{.bytes = "3\r\nabc\r\n"}, step::Await{}, step::Send{.bytes = "0\r\n\r\n"},
                                step::Stall{}}});

  auto stream = world.open(peer.origin());
  REQUIRE(stream);
  CHECK((*stream)->status() == 200);
  CHECK((*stream)->headers().get("x-kind") == "watch");

  peer.go();
  CHECK(world.read(**stream).value() == "abc");
  peer.go();
  CHECK(world.read(**stream).value().empty());
  CHECK(world.read(**stream).value().empty());
}

TEST_CASE("a stream is not bounded in length (CPP-2)") {
  ClientWorld world;
  const std::string block(256 * 1024, 'x');
  fakes::Script script{step::ReadRequest{}, step::Send{.bytes = kChunkedHeader}};
  for (int i = 0; i < 40; ++i) script.emplace_back(step::Send{.bytes = "40000\r\n" + block + "\r\n"});
  script.emplace_back(step::Send{.bytes = "0\r\n\r\n"});
  ScriptedPeer peer(world.io, {script});

  auto stream = world.open(peer.origin());

  CHECK(read_to_end(world, *stream.value()).size() == 40 * block.size());
}

TEST_CASE("a stream whose connection is lost before the last chunk is an error (CPP-7)") {
  const auto death = GENERATE(as<fakes::Step>{}, step::Close{}, step::Reset{});
  ClientWorld world;
  ScriptedPeer peer(
      world.io, {{step::ReadRequest{}, step::Send{.bytes = kChunkedHeader + "3\r\nabc\r\n"}, step::Await{}, death}});
  auto stream = world.open(peer.origin());
  REQUIRE(world.read(*stream.value()).value() == "abc");

  peer.go();
  CHECK(world.read(*stream.value()).error().kind == ErrorKind::Unavailable);
  CHECK(world.read(*stream.value()).error().kind == ErrorKind::Unavailable);
}

TEST_CASE("a silent stream ends at the reader's deadline and is of no more use") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Send{.bytes = kChunkedHeader}, step::Await{},
                                step::Send{.bytes = "3\r\nabc\r\n"}, step::Stall{}}});
  auto stream = world.open(peer.origin());
  REQUIRE(stream);

  const auto late = world.read(**stream, 20ms);

  CHECK(late.error().kind == ErrorKind::Timeout);
  peer.go();
  CHECK(world.read(**stream).error().kind == ErrorKind::Unavailable);
}

TEST_CASE("a stream that is never opened ends at the deadline") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Stall{}}});

  CHECK(world.open(peer.origin(), 20ms).error().kind == ErrorKind::Timeout);
}

TEST_CASE("destroying a stream closes its connection") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Send{.bytes = kChunkedHeader}, step::Stall{}}});
  auto stream = world.open(peer.origin());
  REQUIRE(stream);

  stream->reset();

  fakes::run(world.io, peer.wait_closed());
  CHECK(peer.open() == 0);
}

TEST_CASE("a stream refused by the server still has a status and a body") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {fakes::answers("HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone")});

  auto stream = world.open(peer.origin());

  CHECK(stream.value()->status() == 410);
  CHECK(read_to_end(world, *stream.value()) == "gone");
}

TEST_CASE("cancelling the reader of a stream ends the wait") {
  ClientWorld world;
  ScriptedPeer peer(world.io, {{step::ReadRequest{}, step::Send{.bytes = kChunkedHeader}, step::Stall{}}});
  auto stream = world.open(peer.origin());
  bool came_back = false;
  async::TaskGroup tasks(world.io.get_executor());
  const auto read_once = [](http::ResponseStream& from, bool& back) -> async::awaitable<void> {
    (void)co_await from.read_some(async::deadline_in(5s));
    back = true;
  };
  tasks.spawn("reader", read_once(*stream.value(), came_back));
  fakes::run_ready(world.io);

  fakes::run(world.io, tasks.stop());

  CHECK_FALSE(came_back);
}
