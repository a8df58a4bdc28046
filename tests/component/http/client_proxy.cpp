// SPDX-License-Identifier: Apache-2.0
// The way through an HTTP proxy.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "common/http/connection_failure.hpp"
#include "tests/component/http/client_world.hpp"
#include "tests/fakes/certificates.hpp"
#include "tests/fakes/dns_server.hpp"

using namespace acr;
using namespace acr::http::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using fakes::Authority;
using fakes::ok_response;
using fakes::ScriptedPeer;
namespace step = fakes::step;

namespace {

/// Sets the proxy variables for one test.
class ProxyVariables {
 public:
  ProxyVariables(const std::string& proxy, const std::string& none) {
    setenv("HTTPS_PROXY", proxy.c_str(), 1);
    setenv("NO_PROXY", none.c_str(), 1);
  }
  ~ProxyVariables() {
    unsetenv("HTTPS_PROXY");
    unsetenv("NO_PROXY");
  }
  ProxyVariables(const ProxyVariables&) = delete;
  ProxyVariables& operator=(const ProxyVariables&) = delete;
};

http::ClientOptions by_proxy(const Authority& authority) {
  return {.tls = fakes::trust_in(authority), .use_proxy = true, .user_agent = "test"};
}

const http::Origin kCloud{.host = "cr.cn-hangzhou.aliyuncs.com"};

}  // namespace

TEST_CASE("an https request goes through the tunnel of the proxy, with its password, and TLS is with the origin") {
  const Authority authority("ca");
  ClientWorld world;
  ScriptedPeer proxy(
      world.io,
      {{step::ReadRequest{}, step::Send{.bytes = "HTTP/1.1 200 Connection established\r\n\r\n", .piece = 1},
        step::StartTls{}, step::ReadRequest{}, step::Send{.bytes = ok_response("a")}, step::Stall{}}},
      fakes::server_tls(authority, {.alternative_names = "DNS:" + kCloud.host}), fakes::Tls::WhenScripted);
  const ProxyVariables variables("http://user:p%40ss@127.0.0.1:" + std::to_string(proxy.port()), "");
  world.client = http::make_beast_client(world.io.get_executor(), *world.resolver, by_proxy(authority));

  CHECK(world.get(kCloud).value().body == "a");
  CHECK(proxy.requests().at(0) ==
        "CONNECT cr.cn-hangzhou.aliyuncs.com:443 HTTP/1.1\r\nHost: "
        "cr.cn-hangzhou.aliyuncs.com:443\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n");
  CHECK_THAT(proxy.requests().at(1), StartsWith("GET / HTTP/1.1\r\nHost: cr.cn-hangzhou.aliyuncs.com\r\n"));
}

TEST_CASE("a proxy that refuses is named, its password is not") {
  const Authority authority("ca");
  ClientWorld world;
  ScriptedPeer proxy(world.io,
                     {fakes::answers("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nno\n")});
  const ProxyVariables variables("user:hunter2@127.0.0.1:" + std::to_string(proxy.port()), "");
  world.client = http::make_beast_client(world.io.get_executor(), *world.resolver, by_proxy(authority));

  const auto response = world.get(kCloud);

  REQUIRE(response.error().kind == ErrorKind::Unavailable);
  CHECK_THAT(response.error().message,
             Contains("cannot get through to cr.cn-hangzhou.aliyuncs.com by proxy 127.0.0.1 (127.0.0.1:") &&
                 Contains("the proxy answered 407") && !Contains("hunter2"));
  CHECK(http::is_connection_failure(response.error()));
}

TEST_CASE("a proxy that says nothing is bounded by the deadline") {
  const Authority authority("ca");
  ClientWorld world;
  ScriptedPeer proxy(world.io, {{step::ReadRequest{}, step::Stall{}}});
  const ProxyVariables variables("127.0.0.1:" + std::to_string(proxy.port()), "");
  world.client = http::make_beast_client(world.io.get_executor(), *world.resolver, by_proxy(authority));

  CHECK(world.get(kCloud, 30ms).error().kind == ErrorKind::Timeout);
}

TEST_CASE("NO_PROXY, plain http, a fixed end point and a client that obeys no proxy go straight") {
  const Authority authority("ca");
  ClientWorld world;
  fakes::DnsServer dns(world.io);
  dns.records[kCloud.host] = {.v4 = {"127.0.0.1"}};
  const auto resolver = http::make_cares_resolver(world.io.get_executor(), {.servers = dns.address()});
  ScriptedPeer proxy(world.io, {fakes::answers("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")});
  ScriptedPeer cloud(world.io, {fakes::answers(ok_response("straight"))},
                     fakes::server_tls(authority, {.alternative_names = "DNS:" + kCloud.host}));
  ScriptedPeer plain(world.io, {fakes::answers(ok_response("straight"))});
  const auto ask = [&](const http::Origin& origin, const std::string& no_proxy, const http::ClientOptions& options) {
    const ProxyVariables variables("127.0.0.1:" + std::to_string(proxy.port()), no_proxy);
    world.client = http::make_beast_client(world.io.get_executor(), *resolver, options);
    return world.get(origin);
  };
  const auto obeys = by_proxy(authority);
  auto ignores = obeys;
  ignores.use_proxy = false;
  auto fixed = obeys;
  fixed.connect_to = http::HostPort{.host = "127.0.0.1", .port = cloud.port()};
  const auto origin = cloud.origin(kCloud.host);

  CHECK(ask(origin, ".aliyuncs.com", obeys).value().body == "straight");
  CHECK(ask(origin, "", ignores).value().body == "straight");
  CHECK(ask(kCloud, "", fixed).value().body == "straight");
  CHECK(ask(plain.origin(), "", obeys).value().body == "straight");
  CHECK(proxy.accepted() == 0);

  CHECK_FALSE(ask(origin, ".example.com", obeys));
  CHECK(proxy.accepted() == 1);
}
