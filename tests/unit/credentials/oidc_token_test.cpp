// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/oidc_token.hpp"

#include <catch2/catch.hpp>

namespace acr::credentials {
namespace {

TEST_CASE("D-12 a token is three parts, and nothing else is sent to STS", "[oidc_token]") {
  CHECK(parse_oidc_token(" a.b.c-_9\n").value().reveal() == "a.b.c-_9");
  for (const auto* bad : {"", " \n", "a", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c d", "a.b.<html>"}) {
    INFO(bad);
    const auto token = parse_oidc_token(bad);
    REQUIRE_FALSE(token);
    CHECK(token.error().kind == ErrorKind::Unavailable);
  }
  CHECK(parse_oidc_token("a.b." + std::string(19996, 'c')));
  CHECK_FALSE(parse_oidc_token("a.b." + std::string(19997, 'c')));
}

TEST_CASE("the claims that decide are told", "[oidc_token]") {
  // {"iss":"https://issuer.test","aud":"sts.aliyuncs.com","sub":"s"}
  CHECK(describe_claims("x.eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0IiwiYXVkIjoic3RzLmFsaXl1bmNzLmNvbSIsInN1YiI6InMifQ.y") ==
        "the token has issuer https://issuer.test, audience sts.aliyuncs.com, subject s");
  CHECK(describe_claims("x.e30.y") == "the token has issuer , audience none, subject ");
  for (const auto* bad : {"", "x", "x.!!.y", "x.W10.y", "x.bm8.y"})
    CHECK(describe_claims(bad) == "the claims of the token cannot be read");
}

}  // namespace
}  // namespace acr::credentials
