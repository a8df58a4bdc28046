// SPDX-License-Identifier: Apache-2.0
// Valid UTF-8 (RFC 3629): no surrogates, nothing over U+10FFFF, no longer form than needed. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace acr {

/// The length of the character of several bytes at the start of `text`, which is not empty; 0 if it is none.
std::size_t utf8_length(std::string_view text);

/// Where the first byte that does not belong to valid UTF-8 stands; npos if there is none.
std::size_t find_broken_utf8(std::string_view text);

}  // namespace acr
