// SPDX-License-Identifier: Apache-2.0
// The server over TLS: versions, protocols, client certificates, reloading (CRT-10, ADM-1, SEC-6, CPP-6).
#include <openssl/ssl.h>

#include <boost/asio/ssl/stream.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>

#include "common/http/beast_client.hpp"
#include "tests/component/http/server_world.hpp"
#include "tests/fakes/certificates.hpp"

using namespace acr;
using namespace acr::http::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using fakes::Authority;

namespace {

struct TlsWorld {
  explicit TlsWorld(http::TlsContext initial) : context(std::move(initial)) {}

  Result<http::Response> get(http::TlsContextSource trust) {
    const auto client =
        http::make_beast_client(server.io.get_executor(), *resolver, {.tls = std::move(trust), .user_agent = "test"});
    return server.run(
        client->fetch({.host = "127.0.0.1", .port = server.server->port()}, {}, {.deadline = async::deadline_in(5s)}));
  }

  http::TlsContext context;
  ServerWorld server{{.tls = [this] { return context; }, .handshake_limit = 1s}};
  std::unique_ptr<http::Resolver> resolver = http::make_cares_resolver(server.io.get_executor());
};

/// A handshake by a client set up as the test likes; gives what OpenSSL says of the session.
struct Session {
  std::string version;
  std::string cipher;
  std::string alpn;
  bool has_ticket = false;
};

Session handshake(TlsWorld& world, const std::function<void(SSL_CTX*)>& set_up) {
  namespace ssl = boost::asio::ssl;
  ssl::context context(ssl::context::tls_client);
  context.set_verify_mode(ssl::verify_none);
  set_up(context.native_handle());
  auto client = world.server.connect();
  ssl::stream<boost::asio::ip::tcp::socket> stream(std::move(client.socket()), context);
  world.server.run(stream.async_handshake(ssl::stream_base::client, boost::asio::use_awaitable));
  SSL* const session = stream.native_handle();
  const unsigned char* protocol = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(session, &protocol, &length);
  return {.version = SSL_get_version(session),
          .cipher = SSL_get_cipher_name(session),
          .alpn = std::string(reinterpret_cast<const char*>(protocol), length),
          .has_ticket = SSL_SESSION_has_ticket(SSL_get_session(session)) == 1};
}

void offer_h2_and_http11(SSL_CTX* context) {
  static constexpr unsigned char kBoth[] = "\x02h2\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, kBoth, sizeof(kBoth) - 1);
}

}  // namespace

TEST_CASE("requests are served over TLS") {
  const Authority authority("ca");
  TlsWorld world(fakes::server_tls(authority));

  CHECK(world.get(fakes::trust_in(authority)).value().status == 200);
}

TEST_CASE("a new certificate is used from the next connection on (CPP-6)") {
  const Authority old_authority("old");
  const Authority new_authority("new");
  TlsWorld world(fakes::server_tls(old_authority));
  REQUIRE(world.get(fakes::trust_in(old_authority)));

  world.context = fakes::server_tls(new_authority);

  CHECK_FALSE(world.get(fakes::trust_in(old_authority)));
  CHECK(world.get(fakes::trust_in(new_authority)));
}

TEST_CASE("without a certificate the connection is closed, and served once there is one") {
  const Authority authority("ca");
  TlsWorld world(nullptr);
  CHECK(world.get(fakes::trust_in(authority)).error().kind == ErrorKind::Unavailable);

  world.context = fakes::server_tls(authority);

  CHECK(world.get(fakes::trust_in(authority)));
}

TEST_CASE("of h2 and http/1.1 only http/1.1 is agreed; h2 alone is refused (ADM-1)") {
  const Authority authority("ca");
  TlsWorld world(fakes::server_tls(authority));

  CHECK(handshake(world, offer_h2_and_http11).alpn == "http/1.1");
  CHECK(handshake(world, [](SSL_CTX*) {}).alpn.empty());
  CHECK_THROWS_AS(handshake(world,
                            [](SSL_CTX* context) {
                              SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>("\x02h2"), 3);
                            }),
                  boost::system::system_error);
}

TEST_CASE("TLS 1.3 and 1.2 with forward secrecy are served without tickets, older ones not at all (CRT-10)") {
  const Authority authority("ca");
  TlsWorld world(fakes::server_tls(authority));

  CHECK(handshake(world, [](SSL_CTX*) {}).version == "TLSv1.3");
  const auto older = handshake(world, [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); });
  CHECK(older.version == "TLSv1.2");
  CHECK_THAT(older.cipher, Contains("ECDHE") && (Contains("GCM") || Contains("CHACHA20")));
  CHECK_FALSE(older.has_ticket);
  const auto oldest = [](SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
    SSL_CTX_set_security_level(context, 0);
  };
  CHECK_THROWS_AS(handshake(world, oldest), boost::system::system_error);
  const auto no_aead = [](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-SHA256");
  };
  CHECK_THROWS_AS(handshake(world, no_aead), boost::system::system_error);
}

TEST_CASE("a handshake that never starts is cut at its limit (SEC-7)") {
  const Authority authority("ca");
  TlsWorld world(fakes::server_tls(authority));
  auto client = world.server.connect();

  CHECK(world.server.run(client.read_all()).empty());
}

TEST_CASE("where client certificates are asked for, only the right name of the right CA gets in (SEC-6)") {
  const Authority authority("ca");
  const Authority stranger("stranger");
  const auto context = http::make_server_tls(
      authority.issue(), http::ClientCheck{.ca_bundle = authority.pem(), .common_name = "kube-apiserver"});
  REQUIRE(context);
  TlsWorld world(*context);
  const auto as = [&](const Authority& issuer, const std::string& name) -> http::TlsContextSource {
    auto client =
        http::make_client_tls({.ca_bundle = authority.pem(), .client_pair = issuer.issue({.common_name = name})});
    return [client = client.value()] { return client; };
  };

  CHECK(world.get(as(authority, "kube-apiserver")).value().status == 200);
  CHECK_FALSE(world.get(as(authority, "somebody")));
  CHECK_FALSE(world.get(as(stranger, "kube-apiserver")));
  CHECK_FALSE(world.get(fakes::trust_in(authority)));
  CHECK(world.server.requests.size() == 1);
}
