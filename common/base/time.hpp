// SPDX-License-Identifier: Apache-2.0
// Wall-clock time and its text forms. Reads no clock: callers pass `now`.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace acr {

/// UTC wall-clock time, for expiry. For waiting use async::Clock. It ends in the year 2262; the parsers
/// below read a later time as one of that year.
using WallTime = std::chrono::system_clock::time_point;

/// Parses RFC 3339, such as "2026-01-02T03:04:05Z", with optional fraction and offset. Years 1970 to 9999.
Result<WallTime> parse_rfc3339(std::string_view text);

/// "2026-01-02T03:04:05Z"; fractions are cut off.
std::string format_rfc3339(WallTime time);

/// "2026-01-02T03:04:05.678901Z": the MicroTime of Kubernetes leases and events.
std::string format_rfc3339_micro(WallTime time);

/// Parses the Date header of HTTP, "Fri, 02 Jan 2026 03:04:05 GMT" (RFC 9110 IMF-fixdate only).
Result<WallTime> parse_http_date(std::string_view text);

/// Milliseconds since 1970, as the cloud's ExpireTime; an error outside the years 1970 to 9999.
Result<WallTime> wall_time_from_unix_ms(long long milliseconds);

}  // namespace acr
