// SPDX-License-Identifier: Apache-2.0
// Durations as people write them: "15m" exactly, "15 min" as plainly meant.
#include <array>

#include "common/base/duration.hpp"
#include "common/base/text.hpp"
#include "common/config/fields.hpp"

namespace acr::config {
namespace {

struct Unit {
  std::string_view word;
  std::chrono::seconds length;
};

constexpr std::array kUnits{
    Unit{"s", std::chrono::seconds{1}},       Unit{"sec", std::chrono::seconds{1}},
    Unit{"secs", std::chrono::seconds{1}},    Unit{"second", std::chrono::seconds{1}},
    Unit{"seconds", std::chrono::seconds{1}}, Unit{"秒", std::chrono::seconds{1}},
    Unit{"m", std::chrono::minutes{1}},       Unit{"min", std::chrono::minutes{1}},
    Unit{"mins", std::chrono::minutes{1}},    Unit{"minute", std::chrono::minutes{1}},
    Unit{"minutes", std::chrono::minutes{1}}, Unit{"分钟", std::chrono::minutes{1}},
    Unit{"h", std::chrono::hours{1}},         Unit{"hr", std::chrono::hours{1}},
    Unit{"hour", std::chrono::hours{1}},      Unit{"hours", std::chrono::hours{1}},
    Unit{"小时", std::chrono::hours{1}},
};

}  // namespace

std::optional<LooseDuration> parse_loose_duration(std::string_view text) {
  if (const auto exact = parse_duration(text)) {
    return LooseDuration{.value = std::chrono::duration_cast<std::chrono::seconds>(*exact), .is_exact = true};
  }
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_unsigned(text.substr(0, digits));
  const auto word = to_lower(trim(text.substr(digits)));
  // More than a year is a mistake, and may not overflow either.
  if (!number || *number > 366LL * 24 * 3600) return std::nullopt;
  for (const auto& unit : kUnits) {
    if (unit.word == word) return LooseDuration{.value = unit.length * *number, .is_exact = false};
  }
  return std::nullopt;
}

}  // namespace acr::config
