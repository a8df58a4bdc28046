// SPDX-License-Identifier: Apache-2.0
#include "common/base/time.hpp"

#include <catch2/catch.hpp>

namespace acr {
namespace {

long long ms_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

TEST_CASE("times of RFC 3339") {
  const auto [text, ms] = GENERATE(table<std::string, long long>({{"1970-01-01T00:00:00Z", 0},
                                                                  {"2026-01-02T03:04:05Z", 1767323045000},
                                                                  {"2026-01-02t03:04:05z", 1767323045000},
                                                                  {"2026-01-02T03:04:05.678Z", 1767323045678},
                                                                  {"2026-01-02T03:04:05.678901234567Z", 1767323045678},
                                                                  {"2026-01-02T11:04:05+08:00", 1767323045000},
                                                                  {"2026-01-01T22:04:05-05:00", 1767323045000},
                                                                  {"2024-02-29T23:59:60Z", 1709251200000}}));
  INFO(text);
  CHECK(ms_of(parse_rfc3339(text).value()) == ms);
}

TEST_CASE("what is no time of RFC 3339") {
  const auto text =
      GENERATE(as<std::string>(), "", "2026-01-02", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05",
               "2026-13-02T03:04:05Z", "2025-02-29T03:04:05Z", "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z",
               "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+8:00", "2026-01-02T03:04:05+24:00", "1969-12-31T23:59:59Z",
               "1970-01-01T00:00:00+01:00", "2026-01-02T03:04:05Zx", "2026-1-2T03:04:05Z", "+026-01-02T03:04:05Z");
  INFO(text);
  CHECK_FALSE(parse_rfc3339(text));
}

TEST_CASE("a time after the end of WallTime is far away, not in the past") {
  const auto last = parse_rfc3339("9999-12-31T23:59:59.9-23:59").value();
  CHECK(last > parse_rfc3339("2262-03-31T00:00:00Z").value());
  CHECK(format_rfc3339(last).starts_with("2262-"));
  CHECK(wall_time_from_unix_ms(253402300799999).value() > parse_rfc3339("2262-03-31T00:00:00Z").value());
  CHECK_FALSE(wall_time_from_unix_ms(253402300800000));
  CHECK_FALSE(wall_time_from_unix_ms(-1));
}

TEST_CASE("written forms") {
  const auto time = parse_rfc3339("2026-01-02T03:04:05.0678909Z").value();
  CHECK(format_rfc3339(time) == "2026-01-02T03:04:05Z");
  CHECK(format_rfc3339_micro(time) == "2026-01-02T03:04:05.067890Z");
  CHECK(ms_of(wall_time_from_unix_ms(1767323045678).value()) == 1767323045678);
}

TEST_CASE("the Date header") {
  CHECK(ms_of(parse_http_date("Fri, 02 Jan 2026 03:04:05 GMT").value()) == 1767323045000);
  const auto text =
      GENERATE(as<std::string>(), "", "Fri, 02 Jan 2026 03:04:05 UTC", "Friday, 02-Jan-26 03:04:05 GMT",
               "Fri, 2 Jan 2026 03:04:05 GMT", "Fri, 02 Foo 2026 03:04:05 GMT", "Fri, 32 Jan 2026 03:04:05 GMT");
  INFO(text);
  CHECK_FALSE(parse_http_date(text));
}

}  // namespace
}  // namespace acr
