// SPDX-License-Identifier: Apache-2.0
// CRT-3: every reason for which a certificate is replaced.
#include "certs/judge.hpp"

#include <catch2/catch.hpp>

namespace acr::certs {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = std::chrono::system_clock::from_time_t(1'800'000'000);
const HostNames kService = names_of_service("kube-system", "acr-webhook");
const HostNames kRenamed = names_of_service("registry", "acr-webhook");

const CertificateAuthority& ca() {
  static const auto made = *make_ca(kNow, kService);
  return made;
}

TEST_CASE("CRT-3: a CA over its life", "[certs]") {
  CHECK(judge_ca(ca(), kService, kNow) == Verdict::Good);
  CHECK(judge_ca(ca(), kService, kNow - 2h) == Verdict::NotYetValid);
  CHECK(judge_ca(ca(), kService, kNow + kAuthorityLife * 2 / 3 - 2h) == Verdict::Good);
  CHECK(judge_ca(ca(), kService, kNow + kAuthorityLife * 2 / 3 + 2h) == Verdict::RenewalDue);
  CHECK(judge_ca(ca(), kService, kNow + kAuthorityLife) == Verdict::Expired);
}

TEST_CASE("CRT-3: a CA that cannot be used", "[certs]") {
  CHECK(judge_ca({.certificate_pem = "", .key_pem = ca().key_pem}, kService, kNow) == Verdict::Missing);
  CHECK(judge_ca({.certificate_pem = ca().certificate_pem, .key_pem = Secret{}}, kService, kNow) == Verdict::Missing);
  CHECK(judge_ca({.certificate_pem = "junk", .key_pem = ca().key_pem}, kService, kNow) == Verdict::Unparsable);
  CHECK(judge_ca({.certificate_pem = ca().certificate_pem, .key_pem = Secret("junk")}, kService, kNow) ==
        Verdict::Unparsable);
  CHECK(judge_ca({.certificate_pem = ca().certificate_pem, .key_pem = make_ca(kNow, kService)->key_pem}, kService,
                 kNow) == Verdict::KeyMismatch);
  const auto leaf = *issue_leaf(ca(), kService, kNow);
  CHECK(judge_ca({.certificate_pem = leaf.chain_pem, .key_pem = leaf.key_pem}, kService, kNow) ==
        Verdict::NotAuthority);
}

TEST_CASE("CRT-3: a Service that moved makes its old CA useless", "[certs]") {
  CHECK(judge_ca(ca(), kRenamed, kNow) == Verdict::NamesNotCovered);
  CHECK(judge_ca(ca(), names_of_host("10.0.0.1"), kNow) == Verdict::NamesNotCovered);
  CHECK(judge_ca(*make_ca(kNow, names_of_host("10.0.0.1")), names_of_host("10.0.0.1"), kNow) == Verdict::Good);
}

TEST_CASE("CRT-3: a leaf", "[certs]") {
  const auto leaf = *issue_leaf(ca(), kService, kNow);
  CHECK(judge_leaf(leaf.chain_pem, leaf.key_pem, kService, kNow) == Verdict::Good);
  CHECK(judge_leaf(leaf.chain_pem, leaf.key_pem, kRenamed, kNow) == Verdict::NamesNotCovered);
  CHECK(judge_leaf(leaf.chain_pem, leaf.key_pem, {}, kNow) == Verdict::Good);
  CHECK(judge_leaf(leaf.chain_pem, leaf.key_pem, kService, kNow + 5 * 24h) == Verdict::RenewalDue);
  CHECK(judge_leaf(leaf.chain_pem, leaf.key_pem, kService, kNow + kLeafLife) == Verdict::Expired);
  CHECK(judge_leaf(leaf.chain_pem, ca().key_pem, kService, kNow) == Verdict::KeyMismatch);
}

TEST_CASE("no cut or changed PEM text harms the reader", "[certs]") {
  const auto& pem = ca().certificate_pem;
  // Without the last line feed alone it is still whole.
  for (std::size_t length = 0; length + 1 < pem.size(); length += 7) {
    const auto verdict = judge_ca({.certificate_pem = pem.substr(0, length), .key_pem = ca().key_pem}, kService, kNow);
    CHECK((verdict == Verdict::Missing || verdict == Verdict::Unparsable));
  }
}

TEST_CASE("a certificate is named by its SHA-256 fingerprint", "[certs]") {
  const auto text = fingerprint(ca().certificate_pem);
  REQUIRE(text);
  CHECK(text->size() == 32 * 3 - 1);
  CHECK(text->at(2) == ':');
  CHECK(*text != *fingerprint(make_ca(kNow, kService)->certificate_pem));
}

}  // namespace
}  // namespace acr::certs
