// SPDX-License-Identifier: Apache-2.0
#include "common/pullsecret/entry_ends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

namespace acr::pullsecret {
namespace {

using std::chrono::seconds;

constexpr std::size_t kDigestBegins = 8;
/// The longest time that is believed, and written: some 136 years.
constexpr seconds kLongest{std::numeric_limits<std::uint32_t>::max()};

/// As both annotations have it: what is less than a second is not written.
seconds whole_seconds(WallTime time) {
  return std::chrono::floor<seconds>(time.time_since_epoch());
}

std::string_view annotation(const kube::SecretInfo& secret, std::string_view name) {
  const auto found = secret.annotations.find(std::string(name));
  return found == secret.annotations.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<WallTime> read_time(const kube::SecretInfo& secret, std::string_view name) {
  const auto time = parse_rfc3339(annotation(secret, name));
  return time ? std::optional(*time) : std::nullopt;
}

/// Exactly `count` numbers without a sign, between commas; nothing otherwise.
std::vector<seconds> read_numbers(std::string_view text, std::size_t count) {
  std::vector<seconds> outlives;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    std::uint32_t number = 0;
    const auto [stop, error] = std::from_chars(at, end, number);
    const bool is_last = stop == end;
    if (error != std::errc() || (!is_last && (*stop != ',' || stop + 1 == end)) || outlives.size() == count) return {};
    outlives.emplace_back(number);
    at = is_last ? end : stop + 1;
  }
  return outlives.size() == count ? outlives : std::vector<seconds>();
}

}  // namespace

EndMarks build_end_marks(std::string_view digest, const std::vector<WallTime>& ends) {
  if (ends.empty()) return {};
  const auto first = std::ranges::min(ends);
  const auto earliest = whole_seconds(first);
  std::string text(digest.substr(0, kDigestBegins));
  bool any = false;
  for (char before = ':'; const auto end : ends) {
    const auto longer = std::min(whole_seconds(end) - earliest, kLongest);
    any = any || longer.count() > 0;
    fmt::format_to(std::back_inserter(text), "{}{}", std::exchange(before, ','), longer.count());
  }
  return {.expires_at = format_rfc3339(first), .outlives = any ? text : std::string()};
}

EndMarks read_end_marks(const kube::SecretInfo& secret) {
  return {.expires_at = std::string(annotation(secret, kExpiresAtAnnotation)),
          .outlives = std::string(annotation(secret, kOutlivesAnnotation))};
}

void set_end_marks(kube::SecretInfo& secret, const EndMarks& marks) {
  secret.annotations.insert_or_assign(std::string(kExpiresAtAnnotation), marks.expires_at);
  secret.annotations.insert_or_assign(std::string(kOutlivesAnnotation), marks.outlives);
}

std::optional<WallTime> read_expires_at(const kube::SecretInfo& secret) {
  return read_time(secret, kExpiresAtAnnotation);
}

std::optional<WallTime> read_refreshed_at(const kube::SecretInfo& secret) {
  return read_time(secret, kRefreshedAtAnnotation);
}

std::vector<WallTime> read_entry_ends(const kube::SecretInfo& secret) {
  const auto earliest = read_expires_at(secret);
  if (!earliest) return {};
  std::vector<WallTime> ends(secret.registry_hosts.size(), *earliest);
  const auto text = annotation(secret, kOutlivesAnnotation);
  const auto begin = secret.digest.substr(0, kDigestBegins) + ":";
  if (!text.starts_with(begin)) return ends;
  const auto outlives = read_numbers(text.substr(begin.size()), ends.size());
  const auto room = std::chrono::floor<seconds>(WallTime::max() - *earliest);
  for (std::size_t i = 0; i < outlives.size(); ++i) ends[i] += std::min(outlives[i], room);
  return ends;
}

}  // namespace acr::pullsecret
