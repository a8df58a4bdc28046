// SPDX-License-Identifier: Apache-2.0
#include "common/base/gzip.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace acr {
namespace {

std::string random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random() & 0xFFU);
  return bytes;
}

}  // namespace

TEST_CASE("what was compressed comes back") {
  for (const auto& text : {std::string(), std::string("a"), std::string(300'000, 'x'), random_bytes(200'000)}) {
    const auto packed = compress_gzip(text);
    CHECK(packed.starts_with("\x1F\x8B"));
    const auto back = expand_gzip(packed, text.size());
    REQUIRE(back);
    CHECK(*back == text);
  }
}

TEST_CASE("a bomb is cut off at the limit") {
  const auto packed = compress_gzip(std::string(8'000'000, ' '));
  CHECK(packed.size() < 10'000);
  const auto bomb = expand_gzip(packed, 7'999'999);
  REQUIRE_FALSE(bomb);
  CHECK(bomb.error().message == "it expands to more than 7999999 bytes");
}

TEST_CASE("what is no single whole gzip stream is refused") {
  const auto packed = compress_gzip("watch-namespace");
  for (std::size_t size = 0; size < packed.size(); ++size) CHECK_FALSE(expand_gzip(packed.substr(0, size), 1000));
  CHECK_FALSE(expand_gzip(packed + "x", 1000));
  CHECK_FALSE(expand_gzip(packed + packed, 1000));
  CHECK_FALSE(expand_gzip("plain text", 1000));
  auto changed = packed;
  changed[packed.size() - 6] ^= 1;  // in the checksum
  CHECK_FALSE(expand_gzip(changed, 1000));
}

}  // namespace acr
