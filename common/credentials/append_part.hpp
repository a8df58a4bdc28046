// SPDX-License-Identifier: Apache-2.0
// Joins parts into a text that stands for exactly that list. Internal to this folder.
#pragma once

#include <string>
#include <string_view>

namespace acr::credentials {

/// Length first, so that two different lists of parts never give the same text.
inline void append_part(std::string& text, std::string_view part) {
  text.append(std::to_string(part.size())).append(":").append(part);
}

}  // namespace acr::credentials
