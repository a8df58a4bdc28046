// SPDX-License-Identifier: Apache-2.0
#include "common/base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace acr {
namespace {

using namespace std::chrono;

constexpr long long kLastYearEndMs = 253402300800000;  // 10000-01-01T00:00:00Z

/// WallTime counts nanoseconds and ends in April 2262. Later times are cut to this one, days before that end, so that a
/// fraction or an offset fits too.
constexpr sys_seconds kLatest = sys_days{2262y / April / 1};

/// Exactly `digits` decimal digits at `position`.
std::optional<int> digits_at(std::string_view text, std::size_t position, std::size_t digits) {
  if (position + digits > text.size()) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(position, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

struct Clock {
  int hour, minute, second;
};

std::optional<Clock> clock_at(std::string_view text, std::size_t position) {
  const auto hour = digits_at(text, position, 2);
  const auto minute = digits_at(text, position + 3, 2);
  const auto second = digits_at(text, position + 6, 2);
  if (!hour || !minute || !second || text[position + 2] != ':' || text[position + 5] != ':') return std::nullopt;
  // 60 is a leap second; system_clock has none, so it counts as the next second.
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return Clock{*hour, *minute, *second};
}

std::optional<WallTime> build_time(int year, unsigned month, unsigned day, Clock clock) {
  const year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok() || year < 1970) return std::nullopt;
  return std::min(sys_days{date} + hours{clock.hour} + minutes{clock.minute} + seconds{clock.second}, kLatest);
}

/// The fraction at the start of `rest` (".123"), cut from it; at most nine digits count.
std::optional<nanoseconds> take_fraction(std::string_view& rest) {
  if (rest.empty() || rest.front() != '.') return nanoseconds{0};
  rest.remove_prefix(1);
  long long value = 0;
  long long scale = 1'000'000'000;
  std::size_t count = 0;
  for (; count < rest.size() && rest[count] >= '0' && rest[count] <= '9'; ++count) {
    if (scale == 1) continue;
    value = value * 10 + (rest[count] - '0');
    scale /= 10;
  }
  if (count == 0) return std::nullopt;
  rest.remove_prefix(count);
  return nanoseconds{value * scale};
}

std::optional<minutes> parse_offset(std::string_view rest) {
  if (rest == "Z" || rest == "z") return minutes{0};
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return std::nullopt;
  const auto hour = digits_at(rest, 1, 2);
  const auto minute = digits_at(rest, 4, 2);
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  const minutes offset = hours{*hour} + minutes{*minute};
  return rest[0] == '+' ? offset : -offset;
}

std::optional<WallTime> read_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
  const auto year = digits_at(text, 0, 4);
  const auto month = digits_at(text, 5, 2);
  const auto day = digits_at(text, 8, 2);
  const auto clock = clock_at(text, 11);
  if (!year || !month || !day || !clock) return std::nullopt;
  const auto base = build_time(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day), *clock);
  auto rest = text.substr(19);
  const auto fraction = take_fraction(rest);
  const auto offset = parse_offset(rest);
  if (!base || !fraction || !offset) return std::nullopt;
  const auto time = std::min<WallTime>(*base + duration_cast<WallTime::duration>(*fraction) - *offset, kLatest);
  if (time < WallTime{}) return std::nullopt;
  return time;
}

std::string format_date(WallTime time, std::string_view fraction) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), fraction);
}

}  // namespace

Result<WallTime> parse_rfc3339(std::string_view text) {
  const auto time = read_rfc3339(text);
  if (!time) return fail(ErrorKind::Invalid, fmt::format("not an RFC 3339 time: \"{}\"", text.substr(0, 40)));
  return *time;
}

std::string format_rfc3339(WallTime time) {
  return format_date(time, "");
}

std::string format_rfc3339_micro(WallTime time) {
  const auto micros = floor<microseconds>(time - floor<seconds>(time)).count();
  return format_date(time, fmt::format(".{:06}", micros));
}

Result<WallTime> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto broken = [&] {
    return fail(ErrorKind::Invalid, fmt::format("not an HTTP date: \"{}\"", text.substr(0, 40)));
  };
  if (text.size() != 29 || !text.ends_with(" GMT") || text[3] != ',') return broken();
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = digits_at(text, 5, 2);
  const auto year = digits_at(text, 12, 4);
  const auto clock = clock_at(text, 17);
  if (month == kMonths.end() || !day || !year || !clock) return broken();
  const auto time =
      build_time(*year, static_cast<unsigned>(month - kMonths.begin() + 1), static_cast<unsigned>(*day), *clock);
  if (!time) return broken();
  return *time;
}

Result<WallTime> wall_time_from_unix_ms(long long value) {
  if (value < 0 || value >= kLastYearEndMs)
    return fail(ErrorKind::Invalid, fmt::format("time out of range: {} ms", value));
  return std::min(sys_time<milliseconds>{milliseconds{value}}, sys_time<milliseconds>{kLatest});
}

}  // namespace acr
