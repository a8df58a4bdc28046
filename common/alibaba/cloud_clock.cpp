// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/cloud_clock.hpp"

#include <fmt/format.h>

#include <utility>

#include "common/base/log.hpp"
#include "common/base/text.hpp"

namespace acr::alibaba {
namespace {

using std::chrono::duration_cast;
using std::chrono::minutes;
using std::chrono::seconds;

/// A Date has whole seconds.
constexpr seconds kDateStep{1};
/// The clocks behind the cloud's host names differ too. By so much a dead login may stay in the pull Secrets.
constexpr seconds kGoodClock{5};
/// From here on it is worth a word to the admin.
constexpr seconds kTold{60};
/// The cloud refuses a request whose time is 15 minutes away.
constexpr minutes kAcceptedWindow{16};
/// What no node is off by, but a damaged text may be.
constexpr std::chrono::hours kAbsurd{24};

}  // namespace

std::string format_clock_reading(const ClockReading& reading) {
  return fmt::format("{} {} {}", reading.boot_id, reading.boot.count(), format_rfc3339_micro(reading.cloud));
}

Result<ClockReading> parse_clock_reading(std::string_view text) {
  constexpr std::size_t kParts = 3;
  constexpr std::size_t kMostBytes = 200;
  const auto parts = split_list(text.substr(0, kMostBytes), ' ');
  const auto boot = parts.size() == kParts ? parse_unsigned(parts[1]) : std::nullopt;
  const auto cloud = boot ? parse_rfc3339(parts[2]) : fail(ErrorKind::Protocol, "");
  if (!cloud) return fail(ErrorKind::Protocol, "cannot read the stored time of the cloud");
  return ClockReading{.boot_id = parts[0], .boot = std::chrono::nanoseconds{*boot}, .cloud = *cloud};
}

WallTime CloudClock::now() const {
  if (!anchor_) return sources_.wall();
  return anchor_->cloud + duration_cast<WallTime::duration>(sources_.boot() - anchor_->boot);
}

seconds CloudClock::offset() const {
  return duration_cast<seconds>(now() - sources_.wall());
}

void CloudClock::anchor(WallTime cloud) {
  anchor_ = ClockReading{.boot_id = sources_.boot_id, .boot = sources_.boot(), .cloud = cloud};
}

WallTime::duration CloudClock::distance(WallTime date, std::chrono::nanoseconds round_trip) const {
  const auto present = now();
  const auto asked = present - duration_cast<WallTime::duration>(round_trip);
  // The answer was written between the question and now, in the second that begins with its Date.
  return date > present ? date - present : date + kDateStep < asked ? date - asked : WallTime::duration{0};
}

void CloudClock::assume(WallTime date, std::chrono::nanoseconds round_trip) {
  if (known_) return;
  const auto away = distance(date, round_trip);
  if (!anchor_ || std::chrono::abs(away) >= kGoodClock) anchor(now() + away);
  tell_offset();
}

void CloudClock::learn(WallTime date, Trust trust, std::chrono::nanoseconds round_trip) {
  const auto present = now();
  const auto away = distance(date, round_trip);
  const auto limit = trust == Trust::TimeAccepted ? kAcceptedWindow : minutes(kAbsurd);
  if (trust != Trust::TimeRefused && std::chrono::abs(away) >= limit) {
    if (std::chrono::abs(away - std::exchange(ignored_, away)) > kTold)
      log::warn("an answer of the cloud has an absurd Date, which is ignored",
                {log::kv("date", format_rfc3339(date)), log::kv("expected", format_rfc3339(present))});
  } else if (!std::exchange(known_, true) || std::chrono::abs(away) >= kGoodClock) {
    anchor(present + away);
  }
  tell_offset();
}

void CloudClock::tell_offset() {
  const auto behind = offset();
  if (std::chrono::abs(behind - told_offset_) < kTold) return;
  if (std::chrono::abs(behind) < kTold) {
    told_offset_ = seconds{0};
    log::info("the clock of this node agrees with the cloud's again");
    return;
  }
  told_offset_ = behind;
  const auto minutes_behind = log::kv("clock_is_behind_minutes", duration_cast<minutes>(behind).count());
  if (known_) {
    log::warn(
        "the clock of this node differs from the cloud's; requests are signed, and logins judged, by the cloud's time",
        {minutes_behind});
  } else {
    log::warn(
        "the clock of this node differs from that of the API server, which counts until the cloud tells its own; check "
        "the time synchronisation of both",
        {minutes_behind});
  }
}

std::optional<ClockReading> CloudClock::correction() const {
  return !known_ || std::chrono::abs(offset()) < kGoodClock ? std::nullopt : anchor_;
}

void CloudClock::restore(const ClockReading& reading) {
  if (known_) return;
  const auto boot = sources_.boot();
  if (reading.boot_id != sources_.boot_id || reading.boot > boot) {
    log::info("the stored time of the cloud was read on another node, or before a reboot; it is not used");
    return;
  }
  const auto local = sources_.wall() - duration_cast<WallTime::duration>(boot - reading.boot);
  if (std::chrono::abs(reading.cloud - local) > kAbsurd) {
    log::warn("the stored time of the cloud is absurd and is ignored",
              {log::kv("stored", format_rfc3339(reading.cloud)), log::kv("local_then", format_rfc3339(local))});
    return;
  }
  anchor_ = reading;
  known_ = true;
  tell_offset();
}

}  // namespace acr::alibaba
