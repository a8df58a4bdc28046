// SPDX-License-Identifier: Apache-2.0
// Names to addresses, against a name server of our own.
#include <boost/asio/ip/address.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "common/async/sleep.hpp"
#include "common/async/task_group.hpp"
#include "common/http/beast_client.hpp"
#include "tests/fakes/dns_server.hpp"
#include "tests/fakes/run.hpp"
#include "tests/fakes/scripted_peer.hpp"

using namespace acr;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Addresses = std::vector<boost::asio::ip::address>;

namespace {

struct NamesWorld {
  Result<Addresses> resolve(const std::string& host, std::chrono::milliseconds limit = 5s) {
    return fakes::run(io, resolver->resolve(host, async::deadline_in(limit)));
  }

  boost::asio::io_context io{1};
  fakes::DnsServer dns{io};
  std::unique_ptr<http::Resolver> resolver = http::make_cares_resolver(io.get_executor(), {.servers = dns.address()});
};

boost::asio::ip::address address(const char* text) {
  return boost::asio::ip::make_address(text);
}

}  // namespace

TEST_CASE("a name gives all its addresses, IPv4 first") {
  NamesWorld world;
  world.dns.records["both.example"] = {.v4 = {"192.0.2.1", "192.0.2.2"}, .v6 = {"2001:db8::1"}};

  CHECK(world.resolve("both.example").value() ==
        Addresses{address("192.0.2.1"), address("192.0.2.2"), address("2001:db8::1")});
}

TEST_CASE("a name with IPv6 alone is as good") {
  NamesWorld world;
  world.dns.records["six.example"] = {.v6 = {"2001:db8::1"}};

  CHECK(world.resolve("six.example").value() == Addresses{address("2001:db8::1")});
}

TEST_CASE("an answer is remembered and not asked for again") {
  NamesWorld world;
  world.dns.records["cached.example"] = {.v4 = {"192.0.2.1"}};
  REQUIRE(world.resolve("cached.example"));
  const auto asked = world.dns.questions.size();

  CHECK(world.resolve("CACHED.example").value() == Addresses{address("192.0.2.1")});
  CHECK(world.dns.questions.size() == asked);
}

TEST_CASE("an address and a name of the hosts file need no name server") {
  NamesWorld world;

  CHECK(world.resolve("192.0.2.7").value() == Addresses{address("192.0.2.7")});
  CHECK(world.resolve("2001:db8::7").value() == Addresses{address("2001:db8::7")});
  CHECK(world.resolve("localhost").value().front() == address("127.0.0.1"));
  CHECK(world.dns.questions.empty());
}

TEST_CASE("names are absolute: no search domain is ever appended") {
  setenv("LOCALDOMAIN", "search.example", 1);  // a search list, as every pod has one
  NamesWorld world;

  const auto unknown = world.resolve("nowhere");
  unsetenv("LOCALDOMAIN");

  CHECK(unknown.error().kind == ErrorKind::Unavailable);
  CHECK_THAT(unknown.error().message, Contains("cannot resolve nowhere: "));
  REQUIRE_FALSE(world.dns.questions.empty());
  for (const auto& question : world.dns.questions) CHECK(question == "nowhere");
}

TEST_CASE("a name server that does not answer ends the lookup at the deadline, and others are not held up") {
  NamesWorld world;
  world.dns.records["dead.example"] = {.silent = true};
  world.dns.records["alive.example"] = {.v4 = {"192.0.2.1"}};
  Result<Addresses> dead;
  async::TaskGroup tasks(world.io.get_executor());
  const auto resolve_into = [](http::Resolver& resolver, std::string host,
                               Result<Addresses>& result) -> async::awaitable<void> {
    result = co_await resolver.resolve(host, async::deadline_in(50ms));
  };
  tasks.spawn("dead", resolve_into(*world.resolver, "dead.example", dead));

  CHECK(world.resolve("alive.example", 40ms));

  fakes::run(world.io, tasks.join());
  REQUIRE_FALSE(dead);
  CHECK(dead.error().kind == ErrorKind::Timeout);
  CHECK(dead.error().message == "cannot resolve dead.example: no answer within the deadline");
}

TEST_CASE("cancelling a lookup leaves nothing running") {
  NamesWorld world;
  world.dns.records["dead.example"] = {.silent = true};
  async::TaskGroup tasks(world.io.get_executor());
  const auto resolve_once = [](http::Resolver& resolver) -> async::awaitable<void> {
    (void)co_await resolver.resolve("dead.example", async::deadline_in(5s));
  };
  tasks.spawn("dead", resolve_once(*world.resolver));
  while (world.dns.questions.empty()) world.io.run_one();

  const auto start = async::Clock::now();
  fakes::run(world.io, tasks.stop());

  CHECK(async::Clock::now() - start < 1s);
}

TEST_CASE("the client goes on to the next address of a name when one refuses") {
  NamesWorld world;
  fakes::ScriptedPeer peer(world.io, {fakes::answers(fakes::ok_response("a"))});
  world.dns.records["two.example"] = {.v4 = {"127.0.0.2", "127.0.0.1"}};
  const auto client = http::make_beast_client(world.io.get_executor(), *world.resolver, {.user_agent = "test"});

  const auto response =
      fakes::run(world.io, client->fetch(peer.origin("two.example"), {}, {.deadline = async::deadline_in(5s)}));

  CHECK(response.value().body == "a");
}

TEST_CASE("a name that cannot be resolved is the client's error too") {
  NamesWorld world;
  const auto client = http::make_beast_client(world.io.get_executor(), *world.resolver, {.user_agent = "test"});

  const auto response = fakes::run(world.io, client->fetch({.scheme = "http", .host = "gone.example", .port = 80}, {},
                                                           {.deadline = async::deadline_in(5s)}));

  CHECK(response.error().kind == ErrorKind::Unavailable);
  CHECK_THAT(response.error().message, Contains("cannot resolve gone.example: "));
}
