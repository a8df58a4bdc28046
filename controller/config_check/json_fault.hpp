// SPDX-License-Identifier: Apache-2.0
// Where a JSON file breaks, in words for the person who wrote it. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace acr::controller {

struct JsonFault {
  std::size_t offset = 0;
  std::string message;
  std::string hint;
};

/// The first place at which `text` is no JSON; nullopt if it is.
std::optional<JsonFault> find_json_fault(std::string_view text);

}  // namespace acr::controller
