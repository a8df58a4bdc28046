// SPDX-License-Identifier: Apache-2.0
// The cloud's time: what its answers say, carried on by a clock that nobody sets. The clock of a node may be wrong or
// be set at any moment, and logins end by the cloud's.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/boot_time.hpp"
#include "common/base/error.hpp"
#include "common/base/time.hpp"

namespace acr::alibaba {

/// The clocks of the machine.
struct ClockSources {
  std::function<WallTime()> wall = std::chrono::system_clock::now;
  std::function<std::chrono::nanoseconds()> boot = async::boot_time;
  std::string boot_id = async::boot_id();
};

/// The cloud's time at a moment since boot. Holds for any process on the same boot of the same machine.
struct ClockReading {
  std::string boot_id;
  std::chrono::nanoseconds boot{};
  WallTime cloud{};

  friend bool operator==(const ClockReading&, const ClockReading&) = default;
};

/// For the state Secret: "BOOT-ID NANOSECONDS 2026-01-02T03:04:05.678901Z".
std::string format_clock_reading(const ClockReading& reading);
Result<ClockReading> parse_clock_reading(std::string_view text);

/// The cloud's time for those who only ask.
struct CloudTime {
  std::function<WallTime()> now;
  /// See CloudClock::is_known().
  std::function<bool()> is_known = [] { return true; };
};

class CloudClock {
 public:
  explicit CloudClock(ClockSources sources) : sources_(std::move(sources)) {}

  /// The local clock until another one was assumed or the cloud has answered once; from then on no setting of the local
  /// clock counts.
  [[nodiscard]] WallTime now() const;

  /// Has the cloud told its time, to this process or to an earlier one on this boot? Until then now() is good for
  /// planning, but nothing may be given up because it has ended by it: the clock of the node may be hours ahead, and
  /// only a call can show that.
  [[nodiscard]] bool is_known() const { return known_; }

  /// The Date of somebody who is likely to be right (the API server): counts until the cloud has told its own.
  void assume(WallTime date, std::chrono::nanoseconds round_trip);

  /// What the cloud thought of our own time when it sent a Date.
  enum class Trust {
    TimeRefused,   ///< so its own is another one, however far away
    TimeAccepted,  ///< so it is at most 15 minutes away, and a Date that is further is a fault of its sender
    TimeNotChecked,
  };
  /// The Date of an answer that came so long after its question: taken if no moment between the two is within 5 s of
  /// it. Logs what it means for the clock of this node, if that is off by a minute or more.
  void learn(WallTime date, Trust trust, std::chrono::nanoseconds round_trip);

  /// What a later process needs to know at once: nullopt if the local clock is as good, or the cloud has said nothing.
  [[nodiscard]] std::optional<ClockReading> correction() const;
  /// What an earlier process knew. Ignored, with a log line, if it is of another machine or boot, or absurd; and if the
  /// cloud itself has answered already.
  void restore(const ClockReading& reading);

 private:
  [[nodiscard]] std::chrono::seconds offset() const;  ///< by how much the local clock is behind
  /// How far `date` is from every moment between question and answer.
  [[nodiscard]] WallTime::duration distance(WallTime date, std::chrono::nanoseconds round_trip) const;
  void anchor(WallTime cloud);
  void tell_offset();

  ClockSources sources_;
  std::optional<ClockReading> anchor_;
  bool known_ = false;  ///< the anchor is the cloud's
  std::chrono::seconds told_offset_{0};
  WallTime::duration ignored_{0};  ///< the last Date that was not believed: how far it was away
};

}  // namespace acr::alibaba
