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

// The first vector of CBC-AES128.Encrypt in NIST SP 800-38A, F.2.1, with the padding block that PKCS#7 adds.
TEST_CASE("AES-CBC as in NIST SP 800-38A") {
  const auto bytes = [](std::string_view hex) {
    std::string text;
    for (std::size_t at = 0; at < hex.size(); at += 2)
      text += static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16));
    return text;
  };
  const Secret key(bytes("2b7e151628aed2a6abf7158809cf4f3c"));
  const auto sealed = bytes(
      "000102030405060708090a0b0c0d0e0f"
      "7649abac8119b246cee98e9b12e9197d"
      "8964e0b149c10b7b682e6e39aaeb731c");
  const auto plain = decrypt_aes_cbc(key, sealed);
  REQUIRE(plain);
  CHECK(encode_hex(plain->reveal()) == "6bc1bee22e409f96e93d7e117393172a");
  CHECK_FALSE(decrypt_aes_cbc(key, std::string_view(sealed).substr(0, 16)));
  CHECK_FALSE(decrypt_aes_cbc(key, std::string_view(sealed).substr(0, 32)));  // the padding is cut off
  CHECK_FALSE(decrypt_aes_cbc(key, std::string_view(sealed).substr(0, 47)));
  CHECK_FALSE(decrypt_aes_cbc(Secret("fifteen bytes.."), sealed));
}

TEST_CASE("random text has the asked length and does not repeat") {
  CHECK(random_hex(16).size() == 32);
  CHECK(random_hex(16) != random_hex(16));
}

}  // namespace
}  // namespace acr
