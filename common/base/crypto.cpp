// SPDX-License-Identifier: Apache-2.0
#include "common/base/crypto.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#include <memory>
#include <stdexcept>

namespace acr {
namespace {

constexpr std::size_t kSha256Bytes = 32;
constexpr std::size_t kAesBlock = 16;

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const EVP_CIPHER* aes_cbc(std::size_t key_bytes) {
  switch (key_bytes) {
    case 16:
      return EVP_aes_128_cbc();
    case 24:
      return EVP_aes_192_cbc();
    case 32:
      return EVP_aes_256_cbc();
    default:
      return nullptr;
  }
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string digest(kSha256Bytes, '\0');
  if (EVP_Digest(bytes.data(), bytes.size(), bytes_of(digest), nullptr, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no SHA-256");
  }
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string digest(kSha256Bytes, '\0');
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
           bytes.size(), bytes_of(digest), nullptr) == nullptr) {
    throw std::runtime_error("OpenSSL has no HMAC-SHA256");
  }
  return digest;
}

std::string encode_hex(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string random_hex(std::size_t bytes) {
  std::string random(bytes, '\0');
  if (RAND_bytes(bytes_of(random), static_cast<int>(bytes)) != 1) throw std::runtime_error("no random numbers");
  return encode_hex(random);
}

Result<Secret> decrypt_aes_cbc(const Secret& key, std::string_view sealed) {
  const auto* cipher = aes_cbc(key.size());
  if (cipher == nullptr) return fail(ErrorKind::Invalid, "the key is not 16, 24 or 32 bytes long");
  if (sealed.size() < 2 * kAesBlock) return fail(ErrorKind::Invalid, "it is shorter than a vector and one block");
  if (sealed.size() % kAesBlock != 0) return fail(ErrorKind::Invalid, "its length is no multiple of 16 bytes");
  const auto blocks = sealed.substr(kAesBlock);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  std::string plain(blocks.size() + kAesBlock, '\0');
  int length = 0;
  int rest = 0;
  const bool opened =
      context && EVP_DecryptInit_ex(context.get(), cipher, nullptr, bytes_of(key.reveal()), bytes_of(sealed)) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes_of(plain), &length, bytes_of(blocks), static_cast<int>(blocks.size())) ==
          1 &&
      EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + length, &rest) == 1;
  Secret text(opened ? plain.substr(0, static_cast<std::size_t>(length + rest)) : std::string());
  explicit_bzero(plain.data(), plain.size());
  if (!opened) return fail(ErrorKind::Invalid, "its padding is wrong (another key?)");
  return text;
}

}  // namespace acr
