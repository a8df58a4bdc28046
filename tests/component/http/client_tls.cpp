// SPDX-License-Identifier: Apache-2.0
// Whom the client accepts at the other end.
#include <catch2/catch.hpp>

#include "common/http/connection_failure.hpp"
#include "tests/component/http/client_world.hpp"
#include "tests/fakes/certificates.hpp"

using namespace acr;
using namespace acr::http::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using fakes::answers;
using fakes::Authority;
using fakes::ok_response;
using fakes::ScriptedPeer;
namespace step = fakes::step;

namespace {

http::ClientOptions trusting(const Authority& authority) {
  return {.tls = fakes::trust_in(authority), .user_agent = "test"};
}

/// The error of a client that trusts `authority` and speaks to `host` of a server with that leaf.
std::string refusal(const Authority& authority, const Authority& issuer, const fakes::LeafRequest& leaf,
                    const std::string& host) {
  ClientWorld world(trusting(authority));
  ScriptedPeer peer(world.io, {answers(ok_response("secret"))}, fakes::server_tls(issuer, leaf));
  const auto response = world.get(peer.origin(host));
  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::Unavailable);
  CHECK(peer.requests().empty());
  return response.error().message;
}

}  // namespace

TEST_CASE("a certificate for the address or for the name is accepted (CPP-4)") {
  const Authority authority("ca");
  const auto host = GENERATE("127.0.0.1", "localhost", "localhost.");
  ClientWorld world(trusting(authority));
  ScriptedPeer peer(world.io, {answers(ok_response("a"), 2)}, fakes::server_tls(authority));

  CHECK(world.get(peer.origin(host)).value().body == "a");
  CHECK(world.get(peer.origin(host)).value().body == "a");
  CHECK(peer.accepted() == 1);
}

TEST_CASE("an unknown issuer, another name, another address and an expired certificate are refused with the reason") {
  const Authority authority("ca");
  const Authority stranger("stranger");

  CHECK_THAT(refusal(authority, stranger, {}, "127.0.0.1"),
             Contains("its certificate is not accepted: unable to get local issuer certificate") ||
                 Contains("self-signed certificate in certificate chain"));
  CHECK_THAT(refusal(authority, authority, {.alternative_names = "DNS:other"}, "localhost"),
             Contains("hostname mismatch"));
  CHECK_THAT(refusal(authority, authority, {.alternative_names = "IP:10.0.0.1"}, "127.0.0.1"),
             Contains("IP address mismatch"));
  CHECK_THAT(refusal(authority, authority, {.ends = -60s}, "127.0.0.1"), Contains("certificate has expired"));
  CHECK_THAT(refusal(authority, authority, {.starts = 60s}, "127.0.0.1"), Contains("certificate is not yet valid"));
}

TEST_CASE("a common name alone does not make a certificate valid for a host") {
  const Authority authority("ca");

  CHECK_THAT(refusal(authority, authority, {.common_name = "localhost", .alternative_names = ""}, "localhost"),
             Contains("hostname mismatch"));
}

TEST_CASE("an intermediate certificate alone is anchor enough (CPP-4)") {
  const Authority root("root");
  const Authority middle = root.intermediate("middle");
  ClientWorld world(trusting(middle));
  ScriptedPeer peer(world.io, {answers(ok_response("a"))}, fakes::server_tls(middle));

  CHECK(world.get(peer.origin()).value().body == "a");
}

TEST_CASE("the origin's name is verified although another end point is dialled") {
  const Authority authority("ca");
  boost::asio::io_context unused;
  ClientWorld world;
  ScriptedPeer peer(world.io, {answers(ok_response("a"))},
                    fakes::server_tls(authority, {.alternative_names = "DNS:sts.cn-hangzhou.aliyuncs.com"}));
  auto options = trusting(authority);
  options.connect_to = http::HostPort{.host = "127.0.0.1", .port = peer.port()};
  world.client = http::make_beast_client(world.io.get_executor(), *world.resolver, options);

  const auto response = world.get({.host = "sts.cn-hangzhou.aliyuncs.com"});

  CHECK(response.value().body == "a");
  CHECK_THAT(peer.requests().at(0), Contains("\r\nHost: sts.cn-hangzhou.aliyuncs.com\r\n"));
}

TEST_CASE("a TLS server name of its own replaces the host in the check") {
  const Authority authority("ca");
  auto options = trusting(authority);
  options.tls_server_name = "acr-webhook.kube-system.svc";
  ClientWorld world(options);
  ScriptedPeer peer(world.io, {answers(ok_response("a"))},
                    fakes::server_tls(authority, {.alternative_names = "DNS:acr-webhook.kube-system.svc"}));

  CHECK(world.get(peer.origin()).value().body == "a");
}

TEST_CASE("a peer that does not speak TLS is an error that names the step") {
  const Authority authority("ca");
  ClientWorld world(trusting(authority));
  ScriptedPeer peer(world.io, {{step::Send{.bytes = "HTTP/1.1 400 Bad Request\r\n\r\n"}, step::Stall{}}});

  const auto response = world.get({.host = "127.0.0.1", .port = peer.port()});

  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::Unavailable);
  CHECK_THAT(response.error().message, Contains("cannot make a TLS connection to 127.0.0.1 (127.0.0.1:"));
  CHECK(http::is_connection_failure(response.error()));
}

TEST_CASE("a handshake that stalls ends at the deadline") {
  const Authority authority("ca");
  ClientWorld world(trusting(authority));
  ScriptedPeer peer(world.io, {{step::Stall{}}});

  const auto response = world.get({.host = "127.0.0.1", .port = peer.port()}, 30ms);
  CHECK(response.error().kind == ErrorKind::Timeout);
  CHECK(http::is_connection_failure(response.error()));
}

TEST_CASE("a body without length that ends without close_notify may have been cut and is an error (CPP-7)") {
  const Authority authority("ca");
  const std::string bytes = "HTTP/1.1 200 OK\r\n\r\nabc";
  ClientWorld world(trusting(authority));
  ScriptedPeer peer(world.io,
                    {{step::ReadRequest{}, step::Send{.bytes = bytes}, step::Truncate{}},
                     {step::ReadRequest{}, step::Send{.bytes = bytes}, step::Close{}}},
                    fakes::server_tls(authority));

  CHECK(world.get(peer.origin()).error().kind == ErrorKind::Unavailable);
  CHECK(world.get(peer.origin()).value().body == "abc");
}

TEST_CASE("a kept-alive TLS connection that the server ended, politely or not, is replaced (CPP-7)") {
  const Authority authority("ca");
  const auto end = GENERATE(as<fakes::Step>{}, step::Close{}, step::HalfClose{}, step::Truncate{}, step::Reset{});
  ClientWorld world(trusting(authority));
  ScriptedPeer peer(world.io,
                    {{step::ReadRequest{}, step::Send{.bytes = ok_response("a")}, end}, answers(ok_response("b"))},
                    fakes::server_tls(authority));
  REQUIRE(world.get(peer.origin()));
  world.io.run_for(5ms);

  CHECK(world.send(peer.origin(), {.method = "POST", .body = "x"}).value().body == "b");
}

TEST_CASE("a client certificate is presented") {
  const Authority authority("ca");
  const auto server =
      http::make_server_tls(authority.issue(), http::ClientCheck{.ca_bundle = authority.pem(), .common_name = "us"});
  auto client =
      http::make_client_tls({.ca_bundle = authority.pem(), .client_pair = authority.issue({.common_name = "us"})});
  REQUIRE(server);
  REQUIRE(client);
  ClientWorld world({.tls = [context = *client] { return context; }, .user_agent = "test"});
  ScriptedPeer peer(world.io, {answers(ok_response("a"))}, *server);

  CHECK(world.get(peer.origin()).value().body == "a");
}

TEST_CASE("trust is set up for a peer that can be reached, and where it cannot be that is the reason") {
  const Authority authority("ca");
  int asked = 0;
  ClientWorld world({.tls = [&asked]() -> http::TlsContext {
                       ++asked;
                       return nullptr;
                     },
                     .user_agent = "test"});
  CHECK_FALSE(world.get({.scheme = "https", .host = "127.0.0.1", .port = closed_port()}));
  CHECK(asked == 0);
  ScriptedPeer peer(world.io, {answers(ok_response("secret"))}, fakes::server_tls(authority));
  const auto response = world.get(peer.origin("127.0.0.1"));
  REQUIRE_FALSE(response);
  CHECK_THAT(response.error().message, Contains("its TLS trust cannot be set up"));
  CHECK(asked == 1);
}

TEST_CASE("https without any trust is refused at once") {
  ClientWorld world;

  CHECK(world.get({.host = "127.0.0.1"}).error().kind == ErrorKind::Invalid);
}
