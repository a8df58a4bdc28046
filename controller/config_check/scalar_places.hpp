// SPDX-License-Identifier: Apache-2.0
// The way back from a YAML scalar as it is read to the file in which it is written: quoted with escapes, folded, or as
// an indented block.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace acr::controller {

/// For each byte of `value` the offset in `file` at which it is written, then one for the end. `start`: where the
/// scalar begins: at its quote, its block sign or its first character. Empty if the two do not fit together.
std::vector<std::size_t> find_scalar_places(std::string_view file, std::size_t start, std::string_view value);

}  // namespace acr::controller
