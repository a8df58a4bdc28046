// SPDX-License-Identifier: Apache-2.0
// Durations as people write them in flags and in acr-configuration.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace acr {

/// Parses Go's duration text: "15m", "1h30m", "1.5s", "200ms"; units ns, us, ms, s, m, h. "0" needs no unit.
/// Negative values and values over ten years are errors. Result in milliseconds, fractions of one cut off.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "1h30m", "15m", "1.5s", "0s": the shortest text that parses back.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace acr
