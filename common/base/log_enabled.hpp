// SPDX-License-Identifier: Apache-2.0
// For lines whose fields cost something on a path that is walked often.
#pragma once

#include "common/base/log.hpp"

namespace acr::log {

/// Is a line of this level written at all?
bool enabled(Level level);

}  // namespace acr::log
