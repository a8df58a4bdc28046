// SPDX-License-Identifier: Apache-2.0
// Digests, decryption and random identifiers, over OpenSSL.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/base/secret.hpp"

namespace acr {

/// Raw 32 bytes.
std::string sha256(std::string_view bytes);
/// Raw 32 bytes of HMAC-SHA256.
std::string hmac_sha256(std::string_view key, std::string_view bytes);
/// Lower case, two digits a byte.
std::string encode_hex(std::string_view bytes);
/// `bytes` bytes from the system's cryptographic generator, as hex. Throws std::runtime_error if that generator fails.
std::string random_hex(std::size_t bytes);

/// Decrypts AES in CBC mode with PKCS#7 padding. The length of `key` picks the variant: 16, 24 or 32 bytes. `sealed` is
/// the initialisation vector (16 bytes), then whole blocks, at least one. An Error (Invalid) says what is wrong with
/// them; about one wrong key in 256 passes the padding check, so the caller looks at the text too.
Result<Secret> decrypt_aes_cbc(const Secret& key, std::string_view sealed);

}  // namespace acr
