// SPDX-License-Identifier: Apache-2.0
// TLS contexts from good and bad PEM; what they do on a wire is tested with sockets.
#include "common/http/tls.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/certificates.hpp"

using namespace acr;
using namespace acr::http;
using Catch::Matchers::Contains;
using fakes::Authority;

TEST_CASE("a client needs somebody to trust, in readable form") {
  const Authority authority("ca");
  CHECK(make_client_tls({.ca_bundle = authority.pem()}));
  CHECK(make_client_tls({.ca_bundle = authority.pem() + "a comment\n" + Authority("other").pem()}));
  CHECK(make_client_tls({.system_roots = true}));

  const auto error_of = [](const ClientTrust& trust) {
    const auto context = make_client_tls(trust);
    REQUIRE_FALSE(context);
    CHECK(context.error().kind == ErrorKind::Invalid);
    return context.error().message;
  };
  CHECK_THAT(error_of({}), Contains("neither the system's roots nor a CA bundle"));
  CHECK_THAT(error_of({.ca_bundle = "nonsense"}), Contains("no PEM certificate"));
  CHECK_THAT(
      error_of({.ca_bundle = authority.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}),
      Contains("certificate 2 is broken"));
  CHECK_THAT(error_of({.ca_bundle = authority.pem().substr(0, 100)}), Contains("cannot read the CA bundle"));
}

TEST_CASE("a certificate without its own key is refused, and no key is shown") {
  const Authority authority("ca");
  const auto pair = authority.issue();
  const auto other = authority.issue();
  CHECK(make_server_tls(pair));

  const auto error_of = [](const KeyPair& bad) {
    const auto context = make_server_tls(bad);
    REQUIRE_FALSE(context);
    CHECK(context.error().kind == ErrorKind::Invalid);
    CHECK_THAT(context.error().message, !Contains("BEGIN"));
    return context.error().message;
  };
  CHECK_THAT(error_of({.certificate_chain = pair.certificate_chain, .private_key = other.private_key}),
             Contains("the private key with this certificate"));
  CHECK_THAT(error_of({.certificate_chain = pair.certificate_chain, .private_key = Secret("x")}),
             Contains("cannot use the private key"));
  CHECK_THAT(error_of({.certificate_chain = "", .private_key = pair.private_key}),
             Contains("cannot read the certificate"));
  CHECK(make_client_tls({.ca_bundle = authority.pem(), .client_pair = pair}));
  CHECK_FALSE(make_client_tls(
      {.ca_bundle = authority.pem(), .client_pair = KeyPair{pair.certificate_chain, other.private_key}}));
}

TEST_CASE("a broken CA for client certificates is refused") {
  const Authority authority("ca");

  CHECK_FALSE(make_server_tls(authority.issue(), ClientCheck{.ca_bundle = "nonsense", .common_name = ""}));
}
