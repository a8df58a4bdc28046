// SPDX-License-Identifier: Apache-2.0
// Digests and random identifiers, over OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace acr {

/// Raw 32 bytes.
std::string sha256(std::string_view bytes);
/// Raw 32 bytes of HMAC-SHA256.
std::string hmac_sha256(std::string_view key, std::string_view bytes);
/// Lower case, two digits a byte.
std::string encode_hex(std::string_view bytes);
/// `bytes` bytes from the system's cryptographic generator, as hex. Throws std::runtime_error if that generator fails.
std::string random_hex(std::size_t bytes);

}  // namespace acr
