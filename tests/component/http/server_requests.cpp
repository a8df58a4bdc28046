// SPDX-License-Identifier: Apache-2.0
// What the server serves, and what it refuses before any handler sees it.
#include <catch2/catch.hpp>
#include <stdexcept>

#include "tests/component/http/server_world.hpp"

using namespace acr;
using namespace acr::http::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using Statuses = std::vector<std::string>;

TEST_CASE("several requests are served on one connection, in order, even if sent at once (ADM-1)") {
  ServerWorld world;

  const auto answer = world.talk(
      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
      "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  CHECK(status_lines(answer) == Statuses{"200", "200", "200"});
  REQUIRE(world.requests.size() == 3);
  CHECK(world.requests[0].body == "one");
  CHECK(world.requests[1].body == "two");
  CHECK(world.requests[1].target == "/b");
}

TEST_CASE("a request cut at any byte is put together again") {
  const std::string request =
      "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nX-One: 1\r\nConnection: close\r\n\r\none";
  ServerWorld world;
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    auto client = world.connect();
    world.run(client.write(request.substr(0, cut)));
    fakes::run_ready(world.io);
    world.run(client.write(request.substr(cut)));
    CHECK(status_lines(world.run(client.read_all())) == Statuses{"200"});
    CHECK(world.requests.back().body == "one");
    CHECK(world.requests.back().headers.get("x-one") == "1");
  }
}

TEST_CASE("what is dangerous or not HTTP/1.1 is refused, closed, and never reaches the handler (SEC-8)") {
  const auto request =
      GENERATE(as<std::string>{},
               "GET / HTTP/1.0\r\nHost: x\r\n\r\n",                                                               //
               "GET / HTTP/1.1\r\n\r\n",                                                                          //
               "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",                                                    //
               "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",  //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",  //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",                 //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n",                               //
               "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",                   //
               "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",                                        //
               "POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\na",                         //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",                         //
               "GET / HTTP/1.1\r\nHost : x\r\n\r\n",                                                              //
               "GET /\r\nHost: x\r\n\r\n",                                                                        //
               "GET / HTTP/1.1\nHost: x\n\n",                                                                     //
               "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",                                                         //
               "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",                                                 //
               "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\r\n\r\n",                                          //
               "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",                                                        //
               "GET / HTTP/1.1\r\n Host: x\r\n\r\n",                                                              //
               "GET / HTTP/1.1\r\nHost: x\r\nX: a\x01z\r\n\r\n",                                                  //
               "GET / HTTP/2.0\r\nHost: x\r\n\r\n",                                                               //
               "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",                                                              //
               "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",                                                              //
               "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",                   //
               "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na",                                     //
               "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na",                                       //
               "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\na",                                      //
               "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1 1\r\n\r\na",                                      //
               "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",                                           //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",  //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",              //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",                      //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",                      //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\nab\r\n0\r\n\r\n",              //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",           //
               "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",           //
               "GET /\r\n\r\n",                                                                                   //
               "\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03\r\n\r\n");
  ServerWorld world;

  const auto answer = world.talk(request);

  CHECK_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n") && Contains("\r\nConnection: close\r\n"));
  CHECK(status_lines(answer).size() == 1);
  CHECK(world.requests.empty());
}

TEST_CASE("the refusal reaches a client that is still sending") {
  ServerWorld world({.max_body = 10});

  const auto answer =
      world.talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n" + std::string(4194304, 'x'));

  CHECK(status_lines(answer) == Statuses{"413"});
}

TEST_CASE("a client that waits for 100-continue gets it, unless it is refused first (SEC-8)") {
  ServerWorld world({.max_body = 10});
  auto client = world.connect();

  world.run(client.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
  CHECK(world.run(client.read_until("\r\n\r\n")) == "HTTP/1.1 100 Continue\r\n\r\n");
  world.run(client.write("abc"));
  CHECK_THAT(world.run(client.read_until("abc")), StartsWith("HTTP/1.1 200 OK\r\n"));

  world.run(client.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n"));
  CHECK(status_lines(world.run(client.read_all())) == Statuses{"413"});
}

TEST_CASE("a HEAD is answered without a body") {
  ServerWorld world({}, [](const http::Request&) { return http::answer_with(http::text_response(200, "hello")); });

  const auto answer = world.talk("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  CHECK_THAT(answer, Contains("Content-Length: 5\r\n") && !Contains("hello"));
}

TEST_CASE("a handler that asks to close gets its connection closed (ADM-10)") {
  ServerWorld world({}, [](const http::Request&) {
    return http::answer_with({.status = 503, .headers = {{"Retry-After", "1"}, {"Connection", "close"}}});
  });

  const auto answer = world.talk("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

  CHECK_THAT(answer,
             StartsWith("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n") && Contains("Connection: close\r\n"));
}

TEST_CASE("a handler that throws costs one answer 500, not the server") {
  ServerWorld world({}, [](const http::Request& request) {
    if (request.target == "/bad") throw std::logic_error("broken");
    return http::answer_with({.status = 204});
  });

  CHECK(status_lines(world.talk("GET /bad HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == Statuses{"500"});
  CHECK(status_lines(world.talk("GET /good HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == Statuses{"204"});
}

TEST_CASE("an empty host serves IPv4 and IPv6 alike (CPP-8)") {
  ServerWorld world({.bind_address = ":0"});
  boost::system::error_code no_ipv6;
  boost::asio::ip::tcp::acceptor probe(world.io);
  probe.open(boost::asio::ip::tcp::v6(), no_ipv6);
  if (!no_ipv6) probe.bind({boost::asio::ip::address_v6::loopback(), 0}, no_ipv6);

  std::vector<boost::asio::ip::address> addresses{boost::asio::ip::address_v4::loopback()};
  if (!no_ipv6) addresses.emplace_back(boost::asio::ip::address_v6::loopback());
  for (const auto& address : addresses) {
    auto client = world.connect(address);
    world.run(client.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    CHECK(status_lines(world.run(client.read_all())) == Statuses{"200"});
  }
}

TEST_CASE("an address that cannot be bound is an error at start") {
  ServerWorld world;
  const auto taken = "127.0.0.1:" + std::to_string(world.server->port());
  const auto bad = [&](const std::string& address) {
    return http::make_server(world.io.get_executor(), {.bind_address = address}, {}).error();
  };

  CHECK(bad(taken).kind == ErrorKind::Invalid);
  CHECK(bad(taken).message == "cannot listen on " + taken + ": address already in use");
  CHECK(bad("example.com:80").message == "cannot listen on example.com:80: the host is not an IP address");
  CHECK(bad("8080").kind == ErrorKind::Invalid);
  CHECK(bad("192.0.2.1:80").kind == ErrorKind::Invalid);
}
