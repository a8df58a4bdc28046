// SPDX-License-Identifier: Apache-2.0
// Base64 with the standard alphabet and padding: what Secrets, patches and caBundle use (CPP-11).
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace acr {

std::string encode_base64(std::string_view bytes);

/// Strict: standard alphabet, padded, no white space. Anything else (the URL alphabet too) is an error.
Result<std::string> decode_base64(std::string_view text);

}  // namespace acr
