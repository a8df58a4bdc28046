// SPDX-License-Identifier: Apache-2.0
// Which connections take up the TLS session of an earlier one.
#include <openssl/ssl.h>

#include <catch2/catch.hpp>

#include "tests/component/http/client_world.hpp"
#include "tests/fakes/certificates.hpp"

using namespace acr;
using namespace acr::http::tests;
using namespace std::chrono_literals;
using fakes::answers;
using fakes::Authority;
using fakes::ok_response;
using fakes::ScriptedPeer;

namespace {

/// Like kube-apiserver, and unlike our own servers, it hands out tickets.
http::TlsContext server_with_tickets(const Authority& authority, int version) {
  auto context = fakes::server_tls(authority);
  SSL_CTX* const raw = context->native_handle();
  SSL_CTX_clear_options(raw, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(raw, 1);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_SERVER);
  SSL_CTX_set_max_proto_version(raw, version);
  return context;
}

http::TlsContext client_tls(const Authority& authority, bool resume = true) {
  return http::make_client_tls({.ca_bundle = authority.pem(), .resume_sessions = resume}).value();
}

long resumed(const http::TlsContext& client) {
  return SSL_CTX_sess_hits(client->native_handle());
}

/// A client each of whose requests needs a connection of its own.
struct World {
  explicit World(const Authority& authority, bool resume = true, int version = TLS1_3_VERSION)
      : context(client_tls(authority, resume)),
        client({.tls = [this] { return context; }, .user_agent = "test", .max_idle = 0}),
        peer(client.io, {answers(ok_response("a"))}, server_with_tickets(authority, version)) {}

  void get(const std::string& host = "127.0.0.1") { REQUIRE(client.get(peer.origin(host)).value().body == "a"); }

  http::TlsContext context;
  ClientWorld client;
  ScriptedPeer peer;
};

}  // namespace

TEST_CASE("a second connection takes up the session of the first, although that ended without a word") {
  const Authority authority("ca");
  World world(authority, true, GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));

  world.get();
  CHECK(resumed(world.context) == 0);
  world.get();
  world.get();

  CHECK(resumed(world.context) == 2);
  CHECK(world.peer.accepted() == 3);
}

TEST_CASE("a session serves its own name only, and the trust under which it was made") {
  const Authority authority("ca");
  World world(authority);

  world.get("127.0.0.1");
  world.get("localhost");
  CHECK(resumed(world.context) == 0);

  world.context = client_tls(authority);
  world.get("127.0.0.1");
  CHECK(resumed(world.context) == 0);
}

TEST_CASE("a server that does not know the session has to show its certificate") {
  const Authority authority("ca");
  const Authority stranger("stranger");
  World world(authority);
  world.get();
  ScriptedPeer restarted(world.client.io, {answers(ok_response("b"))}, server_with_tickets(authority, TLS1_3_VERSION));
  ScriptedPeer other(world.client.io, {answers(ok_response("c"))}, server_with_tickets(stranger, TLS1_3_VERSION));

  CHECK(world.client.get(restarted.origin()).value().body == "b");
  CHECK_FALSE(world.client.get(other.origin()));
  CHECK(resumed(world.context) == 0);
}

TEST_CASE("sessions are kept where it was asked for only") {
  const Authority authority("ca");
  World world(authority, false);

  world.get();
  world.get();

  CHECK(resumed(world.context) == 0);
}

TEST_CASE("after an hour the certificate is looked at again, however often the session was taken up") {
  const Authority authority("ca");
  World world(authority);
  world.get();
  struct Later {
    explicit Later(std::chrono::minutes by) : time{.now = async::Clock::now() + by, .until_next_timer = {}} {
      async::Clock::simulate(&time);
    }
    ~Later() { async::Clock::simulate(nullptr); }
    async::SimulatedTime time;
  };
  {
    const Later later(40min);
    world.get();
    CHECK(resumed(world.context) == 1);
  }
  const Later later(80min);
  world.get();
  CHECK(resumed(world.context) == 1);
}
