// SPDX-License-Identifier: Apache-2.0
#include "common/base/base64.hpp"

#include <catch2/catch.hpp>

namespace acr {
namespace {

TEST_CASE("the vectors of RFC 4648") {
  const auto [bytes, text] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                       {"f", "Zg=="},
                                                                       {"fo", "Zm8="},
                                                                       {"foo", "Zm9v"},
                                                                       {"foob", "Zm9vYg=="},
                                                                       {"fooba", "Zm9vYmE="},
                                                                       {"foobar", "Zm9vYmFy"},
                                                                       {"\xfb\xff", "+/8="}}));
  CHECK(encode_base64(bytes) == text);
  CHECK(decode_base64(text).value() == bytes);
}

TEST_CASE("all bytes survive") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  CHECK(decode_base64(encode_base64(bytes)).value() == bytes);
}

TEST_CASE("anything but the standard alphabet with padding is refused (CPP-11)") {
  const auto text =
      GENERATE(as<std::string>(), "-_8=", "Zg", "Zg=", "Zg==\n", " Zg==", "Zm9v=", "Z===", "====", "Z=9v", "Zm\0v");
  INFO(text);
  CHECK_FALSE(decode_base64(text));
}

}  // namespace
}  // namespace acr
