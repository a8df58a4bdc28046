// SPDX-License-Identifier: Apache-2.0
#include "common/base/crypto.hpp"

#include <catch2/catch.hpp>

namespace acr {
namespace {

TEST_CASE("SHA-256 as in FIPS 180-4") {
  CHECK(encode_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(encode_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("HMAC-SHA256 as in RFC 4231") {
  CHECK(encode_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(encode_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST_CASE("random text has the asked length and does not repeat") {
  CHECK(random_hex(16).size() == 32);
  CHECK(random_hex(16) != random_hex(16));
}

}  // namespace
}  // namespace acr
