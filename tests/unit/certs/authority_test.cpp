// SPDX-License-Identifier: Apache-2.0
// The CA and its leaves as an API server sees them.
#include "certs/authority.hpp"

#include <catch2/catch.hpp>

#include "certs/bundle.hpp"
#include "certs/judge.hpp"
#include "verify.hpp"

namespace acr::certs {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using test::print_certificate;
using test::verify;

const WallTime kNow = std::chrono::system_clock::from_time_t(1'800'000'000);
const HostNames kService = names_of_service("kube-system", "acr-webhook");

TEST_CASE("CRT-4: a leaf is trusted for every name of the Service", "[certs]") {
  const auto ca = make_ca(kNow, kService);
  REQUIRE(ca);
  const auto leaf = issue_leaf(*ca, kService, kNow);
  REQUIRE(leaf);
  for (const auto* name : {"acr-webhook", "acr-webhook.kube-system", "acr-webhook.kube-system.svc"}) {
    CHECK(verify(leaf->chain_pem, ca->certificate_pem, name, kNow) == "ok");
  }
  CHECK(verify(leaf->chain_pem, ca->certificate_pem, "other.kube-system.svc", kNow) == "hostname mismatch");
  CHECK(split_bundle(leaf->chain_pem).size() == 2);
}

TEST_CASE("CRT-4: certificates begin an hour ago, for API servers whose clock is behind", "[certs]") {
  const auto ca = make_ca(kNow, kService);
  const auto leaf = issue_leaf(*ca, kService, kNow);
  REQUIRE(leaf);
  CHECK(leaf->not_before == kNow - 1h);
  CHECK(leaf->not_after == kNow + kLeafLife);
  CHECK(verify(leaf->chain_pem, ca->certificate_pem, "acr-webhook.kube-system.svc", kNow - 59min) == "ok");
  CHECK(verify(leaf->chain_pem, ca->certificate_pem, "acr-webhook.kube-system.svc", kNow - 2h) ==
        "certificate is not yet valid");
}

TEST_CASE("CRT-3: a leaf never outlives its CA", "[certs]") {
  const auto ca = make_ca(kNow, kService);
  const auto late = kNow + kAuthorityLife - 2h;
  const auto leaf = issue_leaf(*ca, kService, late);
  REQUIRE(leaf);
  CHECK(leaf->not_after == kNow + kAuthorityLife);
  const auto too_late = issue_leaf(*ca, kService, kNow + kAuthorityLife + 1s);
  REQUIRE_FALSE(too_late);
  CHECK_THAT(too_late.error().message, Contains("ended at"));
}

TEST_CASE("the CA's name constraints make its key useless for other hosts", "[certs]") {
  const auto ca = make_ca(kNow, kService);
  const auto foreign = issue_leaf(*ca, names_of_host("registry.example.com"), kNow);
  REQUIRE(foreign);
  CHECK(verify(foreign->chain_pem, ca->certificate_pem, "registry.example.com", kNow) == "permitted subtree violation");
  const auto address = issue_leaf(*ca, names_of_host("10.0.0.7"), kNow);
  REQUIRE(address);
  CHECK(verify(address->chain_pem, ca->certificate_pem, "10.0.0.7", kNow) == "excluded subtree violation");
}

TEST_CASE("a CA for a host or an address serves that one", "[certs]") {
  const auto [host, other] =
      GENERATE(as<std::pair<std::string, std::string>>{}, std::pair{"hook.example.com", "10.0.0.7"},
               std::pair{"10.0.0.7", "hook.example.com"}, std::pair{"[fd00::7]", "10.0.0.7"},
               std::pair{"127.0.0.1", "127.0.0.2"});
  CAPTURE(host, other);
  const auto names = names_of_host(host);
  const auto ca = make_ca(kNow, names);
  REQUIRE(ca);
  const auto leaf = issue_leaf(*ca, names, kNow);
  REQUIRE(leaf);
  const auto plain = names.dns.empty() ? names.ips.front() : names.dns.front();
  CHECK(verify(leaf->chain_pem, ca->certificate_pem, plain, kNow) == "ok");
  const auto foreign = issue_leaf(*ca, names_of_host(other), kNow);
  REQUIRE(foreign);
  CHECK_THAT(verify(foreign->chain_pem, ca->certificate_pem, other, kNow), Contains("subtree violation"));
}

TEST_CASE("CRT-4: extensions of CA and leaf", "[certs]") {
  const auto ca = make_ca(kNow, kService);
  const auto leaf = issue_leaf(*ca, kService, kNow);
  const auto ca_text = print_certificate(ca->certificate_pem);
  CHECK_THAT(ca_text, Contains("CA:TRUE, pathlen:0") && Contains("Certificate Sign") &&
                          Contains("Subject Key Identifier") && Contains("Name Constraints: critical") &&
                          Contains("prime256v1") && Contains("ecdsa-with-SHA256"));
  const auto leaf_text = print_certificate(leaf->chain_pem);
  CHECK_THAT(leaf_text,
             Contains("CA:FALSE") && Contains("TLS Web Server Authentication") && Contains("Authority Key Identifier"));
  CHECK_THAT(leaf_text, Contains("DNS:acr-webhook, DNS:acr-webhook.kube-system, DNS:acr-webhook.kube-system.svc"));
}

TEST_CASE("CRT-4: serials and CA names are random", "[certs]") {
  const auto first = make_ca(kNow, kService);
  const auto second = make_ca(kNow, kService);
  CHECK(first->certificate_pem != second->certificate_pem);
  const auto serial = [](const std::string& pem) {
    const auto text = print_certificate(pem);
    const auto at = text.find("Serial Number:");
    return text.substr(at, text.find("Signature", at) - at);
  };
  CHECK(serial(first->certificate_pem) != serial(second->certificate_pem));
  CHECK(serial(first->certificate_pem).size() > 16 * 3);
}

TEST_CASE("issue_leaf refuses a CA whose key is another's", "[certs]") {
  auto ca = *make_ca(kNow, kService);
  ca.key_pem = make_ca(kNow, kService)->key_pem;
  const auto leaf = issue_leaf(ca, kService, kNow);
  REQUIRE_FALSE(leaf);
  CHECK_THAT(leaf.error().message, Contains("CA"));
}

}  // namespace
}  // namespace acr::certs
