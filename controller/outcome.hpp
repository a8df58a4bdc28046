// SPDX-License-Identifier: Apache-2.0
// How one piece of work ended.
#pragma once

#include <chrono>
#include <optional>

#include "common/base/error.hpp"

namespace acr::controller {

/// nullopt = done, to be looked at when something changes; a duration = to be looked at again after it; an Error = try
/// again with growing pauses.
using Outcome = Result<std::optional<std::chrono::milliseconds>>;

inline Outcome done() {
  return std::optional<std::chrono::milliseconds>{};
}
inline Outcome look_again_in(std::chrono::milliseconds pause) {
  return std::optional(pause);
}

}  // namespace acr::controller
