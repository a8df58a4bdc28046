// SPDX-License-Identifier: Apache-2.0
#include "common/base/duration.hpp"

#include <catch2/catch.hpp>

namespace acr {
namespace {

TEST_CASE("durations as Go writes them") {
  const auto [text, ms] = GENERATE(table<std::string, long>({{"0", 0},
                                                             {"0s", 0},
                                                             {"15m", 900'000},
                                                             {"1h30m", 5'400'000},
                                                             {"1.5s", 1500},
                                                             {"200ms", 200},
                                                             {"0.3s", 300},
                                                             {".5m", 30'000},
                                                             {"1500us", 1},
                                                             {"1s1s", 2000}}));
  INFO(text);
  CHECK(parse_duration(text).value().count() == ms);
}

TEST_CASE("what is no duration") {
  const auto text = GENERATE(as<std::string>(), "", "15", "m", "-1s", "+1s", "1 s", "1d", "1e3s", "1s ", "99999999h",
                             "1.2.3s", std::string(100, '1') + "s");
  INFO(text);
  REQUIRE_FALSE(parse_duration(text));
  CHECK(parse_duration(text).error().kind == ErrorKind::Invalid);
}

TEST_CASE("the written form reads back") {
  using std::chrono::milliseconds;
  CHECK(format_duration(milliseconds{0}) == "0s");
  CHECK(format_duration(milliseconds{900'000}) == "15m");
  CHECK(format_duration(milliseconds{5'400'000}) == "1h30m");
  CHECK(format_duration(milliseconds{1500}) == "1.5s");
  CHECK(format_duration(milliseconds{3'661'001}) == "1h1m1.001s");
  for (const long ms : {1L, 999L, 1000L, 59'999L, 60'000L, 86'400'000L}) {
    CHECK(parse_duration(format_duration(milliseconds{ms})).value().count() == ms);
  }
}

}  // namespace
}  // namespace acr
