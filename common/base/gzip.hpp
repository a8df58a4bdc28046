// SPDX-License-Identifier: Apache-2.0
// gzip (RFC 1952) of whole texts, as `gunzip` reads it. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace acr {

/// Equal bytes give equal output, with one version of zlib.
std::string compress_gzip(std::string_view bytes);

/// Error (Protocol): no complete gzip stream, more than one, or more than `most_bytes` in it. Never quotes content.
Result<std::string> expand_gzip(std::string_view compressed, std::size_t most_bytes);

}  // namespace acr
