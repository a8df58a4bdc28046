// SPDX-License-Identifier: Apache-2.0
// How a server ends (SHD-1).
#include <catch2/catch.hpp>

#include "common/async/sleep.hpp"
#include "tests/component/http/server_world.hpp"

using namespace acr;
using namespace acr::http::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Statuses = std::vector<std::string>;

namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

async::awaitable<http::Response> never_answer() {
  co_await async::sleep_for(1h);
  co_return http::Response{};
}

}  // namespace

TEST_CASE(
    "while draining every answer says Connection: close, new connections are served and idle ones left alone (SHD-1)") {
  ServerWorld world;
  auto idle = world.connect();
  auto active = world.connect();
  world.run(active.write(kGet));
  CHECK_THAT(world.run(active.read_until("\r\n\r\n")), !Contains("Connection: close"));

  world.server->start_draining();

  world.run(active.write(kGet));
  CHECK_THAT(world.run(active.read_all()), Contains("Connection: close\r\n"));
  CHECK_THAT(world.talk(kGet), Contains("Connection: close\r\n"));
  CHECK(idle.socket().available() == 0);
  CHECK(world.server->connections() >= 1);
  world.run(idle.write(kGet));
  CHECK_THAT(world.run(idle.read_all()), Contains("Connection: close\r\n"));
}

TEST_CASE("after stop_accepting open connections go on, and serve ends with the last of them") {
  ServerWorld world;
  auto open = world.connect();
  world.run_until([&] { return world.server->connections() == 1; });

  world.server->stop_accepting();

  world.run(open.write(kGet));
  CHECK_THAT(world.run(open.read_until("\r\n\r\n")), Contains("200 OK"));
  CHECK_THROWS(world.connect());
  open.socket().close();
  world.run(world.tasks.join());
  CHECK(world.server->connections() == 0);
}

TEST_CASE("cancelling serve closes every connection, whatever it was doing, and waits for them") {
  ServerWorld world({}, [](const http::Request&) { return never_answer(); });
  auto idle = world.connect();
  auto half = world.connect();
  auto in_handler = world.connect();
  world.run(half.write("GET / HT"));
  world.run(in_handler.write(kGet));
  world.run_until([&] { return world.server->connections() == 3 && world.requests.size() == 1; });

  world.stop();

  CHECK(world.server->connections() == 0);
  CHECK(world.run(idle.read_all()).empty());
  CHECK(world.run(half.read_all()).empty());
  CHECK(world.run(in_handler.read_all()).empty());
}

TEST_CASE("a server that was made but never served can be destroyed") {
  boost::asio::io_context io;
  auto server = http::make_server(io.get_executor(), {.bind_address = "127.0.0.1:0"}, {});

  REQUIRE(server);
  CHECK((*server)->port() > 0);
}
