// SPDX-License-Identifier: Apache-2.0
// Whether one pattern or selector reaches all that another one does. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/label_selector.hpp"

namespace acr::controller {

/// Does `wide` match all names that `narrow` matches? Both may hold `*` and `?`. False also where that is not plain.
bool reaches_all(std::string_view wide, std::string_view narrow);

/// Does one of `wide` reach all of `narrow`?
bool reaches_all(const std::vector<std::string>& wide, std::string_view narrow);

/// Does `wide` match all labels that `narrow` matches? False also where that is not plain.
bool reaches_all(const config::LabelSelector& wide, const config::LabelSelector& narrow);

}  // namespace acr::controller
