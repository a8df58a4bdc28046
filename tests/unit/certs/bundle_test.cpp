// SPDX-License-Identifier: Apache-2.0
// Bundles and the CA Secret's data.
#include "certs/bundle.hpp"

#include <catch2/catch.hpp>

namespace acr::certs {
namespace {

const WallTime kNow = std::chrono::system_clock::from_time_t(1'800'000'000);
const HostNames kService = names_of_service("kube-system", "acr-webhook");

const std::string& first() {
  static const std::string pem = make_ca(kNow, kService)->certificate_pem;
  return pem;
}
const std::string& second() {
  static const std::string pem = make_ca(kNow, kService)->certificate_pem;
  return pem;
}

std::string with_crlf(std::string pem) {
  for (std::size_t at = 0; (at = pem.find('\n', at)) != std::string::npos; at += 2) pem.insert(at, 1, '\r');
  return pem;
}

TEST_CASE("a bundle is a set of certificates in order", "[certs]") {
  const auto both = merge_bundle(first(), second());
  CHECK(both == first() + second());
  CHECK(merge_bundle(both, first()) == both);
  CHECK(remove_from_bundle(both, first()) == second());
  CHECK(bundle_contains(both, first()));
  CHECK_FALSE(bundle_contains(second(), first()));
  CHECK(bundle_contains(second(), ""));
}

TEST_CASE("one certificate in two spellings counts once", "[certs]") {
  const auto spelled = "# our CA\r\n" + with_crlf(first()) + "trailing words";
  CHECK(split_bundle(spelled) == std::vector<std::string>{first()});
  CHECK(merge_bundle(first(), spelled) == first());
}

TEST_CASE("a cut bundle loses only the cut certificate", "[certs]") {
  const auto both = first() + second();
  CHECK(split_bundle(both.substr(0, both.size() - 10)).size() == 1);
  CHECK(split_bundle("").empty());
}

TEST_CASE("the CA Secret is read as it was written", "[certs]") {
  AuthoritySet set{.signing = *make_ca(kNow, kService), .bundle_pem = first() + second()};
  CHECK(*parse_ca_secret(build_ca_secret(set)) == set);
  set.next = *make_ca(kNow, kService);
  set.switched_at = kNow;
  CHECK(*parse_ca_secret(build_ca_secret(set)) == set);
}

TEST_CASE("a CA Secret without ca.crt trusts its signing CA", "[certs]") {
  const auto ca = *make_ca(kNow, kService);
  const auto set = parse_ca_secret({{"tls.crt", Secret(std::string(ca.certificate_pem))}, {"tls.key", ca.key_pem}});
  REQUIRE(set);
  CHECK(set->bundle_pem == ca.certificate_pem);
}

TEST_CASE("a CA Secret without certificate or key is an error that names the key", "[certs]") {
  CHECK(parse_ca_secret({}).error().message == "CA Secret: no tls.crt");
  CHECK(parse_ca_secret({{"tls.crt", Secret(std::string(first()))}}).error().message == "CA Secret: no tls.key");
}

}  // namespace
}  // namespace acr::certs
