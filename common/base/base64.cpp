// SPDX-License-Identifier: Apache-2.0
#include "common/base/base64.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <limits>

namespace acr {
namespace {

bool is_alphabet(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL writes a closing NUL
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes_of(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

Result<std::string> decode_base64(std::string_view text) {
  const auto broken = [] { return fail(ErrorKind::Invalid, "not base64 (standard alphabet with padding)"); };
  if (text.empty()) return std::string{};
  if (text.size() % 4 != 0 || text.size() > std::numeric_limits<int>::max()) return broken();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    if (!is_alphabet(c)) return broken();
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), bytes_of(text), static_cast<int>(text.size()));
  if (length < 0) return broken();
  bytes.resize(bytes.size() - padding);  // OpenSSL counts padding as zero bytes
  return bytes;
}

}  // namespace acr
