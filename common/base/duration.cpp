// SPDX-License-Identifier: Apache-2.0
#include "common/base/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace acr {
namespace {

constexpr double kTenYearsMs = 10.0 * 365 * 24 * 3600 * 1000;

/// Length of the decimal number ("1", "1.5", ".5") at the start of `text`; 0 if there is none.
std::size_t number_length(std::string_view text) {
  std::size_t length = 0;
  bool digit = false;
  bool point = false;
  for (; length < text.size(); ++length) {
    if (text[length] >= '0' && text[length] <= '9') {
      digit = true;
    } else if (text[length] == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  return digit ? length : 0;
}

/// The factor to milliseconds of the unit at the start of `text`, and the unit's length.
std::pair<double, std::size_t> unit_factor(std::string_view text) {
  // "ms" before "m": the longer unit wins.
  static constexpr std::array<std::pair<std::string_view, double>, 7> kUnits = {
      {{"ns", 1e-6}, {"us", 1e-3}, {"\xC2\xB5s", 1e-3}, {"ms", 1.0}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}}};
  for (const auto& [name, factor] : kUnits) {
    if (text.starts_with(name)) return {factor, name.size()};
  }
  return {0, 0};
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto broken = [&](std::string_view why) {
    return fail(ErrorKind::Invalid, fmt::format("not a duration: \"{}\" ({}); write for example 15m, 90s or 1h30m",
                                                text.substr(0, 40), why));
  };
  if (text == "0") return std::chrono::milliseconds{0};
  if (text.empty() || text.size() > 64) return broken(text.empty() ? "empty" : "too long");
  double total = 0;
  for (auto rest = text; !rest.empty();) {
    const auto length = number_length(rest);
    if (length == 0) return broken("a number is missing");
    const double number = std::strtod(std::string(rest.substr(0, length)).c_str(), nullptr);
    rest.remove_prefix(length);
    const auto [factor, unit_length] = unit_factor(rest);
    if (unit_length == 0) return broken("a unit is missing");
    rest.remove_prefix(unit_length);
    total += number * factor;
  }
  if (total > kTenYearsMs) return broken("longer than ten years");
  // Half a nanosecond against the binary fraction of texts such as 0.3s.
  return std::chrono::milliseconds{static_cast<long long>(total + 5e-7)};
}

std::string format_duration(std::chrono::milliseconds duration) {
  using namespace std::chrono;
  if (duration.count() == 0) return "0s";
  const hh_mm_ss clock{duration};
  std::string text = duration.count() < 0 ? "-" : "";
  if (clock.hours().count() != 0) text += fmt::format("{}h", clock.hours().count());
  if (clock.minutes().count() != 0) text += fmt::format("{}m", clock.minutes().count());
  const auto rest = clock.seconds() + clock.subseconds();
  if (rest.count() == 0) return text;
  if (rest.count() % 1000 == 0) return text + fmt::format("{}s", rest.count() / 1000);
  if (text.empty() && rest < seconds{1}) return fmt::format("{}ms", rest.count());
  return text + fmt::format("{}s", static_cast<double>(rest.count()) / 1000);
}

}  // namespace acr
