// SPDX-License-Identifier: Apache-2.0
// Writing JSON straight into a string. Pure.
#pragma once

#include <string>
#include <string_view>

namespace acr {

/// Appends `text` as a JSON string literal, quotes included.
void append_quoted(std::string& json, std::string_view text);

}  // namespace acr
