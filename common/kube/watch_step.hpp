// SPDX-License-Identifier: Apache-2.0
// What a reflector does next: list, watch or ask about its position, from where, after which pause. A pure state
// machine; time and randomness come as arguments. Follows client-go's reflector.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/async/backoff.hpp"
#include "common/base/error.hpp"
#include "common/base/json.hpp"

namespace acr::kube {

enum class EventType { Added, Modified, Deleted, Bookmark, Error };

/// The type of a watch event; nullopt for a word that we do not know, to be skipped.
std::optional<EventType> parse_event_type(std::string_view text);

/// How a watch stream ended.
struct StreamEnd {
  std::optional<Error> error = {};  ///< nullopt = the server ended it cleanly
  async::Clock::duration lived{};
  std::size_t events = 0;  ///< of any type
};

/// 0.8 s doubling to 10 s. client-go goes on to 30 s, but a few streams of few replicas burden no server that comes
/// back, and what was missed meanwhile is late by so much.
inline constexpr async::BackoffPolicy kWatchBackoff{.first = std::chrono::milliseconds{800},
                                                    .cap = std::chrono::seconds{10}};

/// The inputs are what happened; next(), resource_version() and pause() say what to do about it.
class WatchStep {
 public:
  enum class Move {
    List,
    Watch,
    /// Ask whether the server has reached our version. A server that was away may come back with an older store, and
    /// one that is asked to watch from a version of the future says nothing at all.
    Check,
  };

  explicit WatchStep(async::BackoffPolicy backoff = kWatchBackoff) : backoff_(backoff) {}

  [[nodiscard]] Move next() const { return next_; }

  /// For a list: "0" at first, then the last one known, "" after it proved unusable. For a watch or a check: where
  /// it resumes.
  [[nodiscard]] const std::string& resource_version() const { return list_consistently_ ? kNone : resource_version_; }

  /// How long to wait before the next move: growing with the failures, jittered; zero where nothing is wrong.
  /// `random` in [0, 1).
  [[nodiscard]] std::chrono::milliseconds pause(double random) const;

  /// Failures in a row; forgotten after two minutes without one.
  [[nodiscard]] int failures() const { return failures_; }

  void listed(std::string resource_version, async::Deadline now);
  void list_failed(const Error& error, async::Deadline now);
  /// The watch was not opened: refused, no connection, or an HTTP error (LW-1, LW-3).
  void watch_refused(const Error& error, async::Deadline now);
  /// The server has reached our version.
  void checked();
  void check_failed(const Error& error, async::Deadline now);
  /// Any event but ERROR, bookmarks included.
  void event_seen(std::string resource_version);
  /// An ERROR event; the stream is over.
  void error_event(const Error& error, async::Deadline now);
  void stream_ended(const StreamEnd& end, async::Deadline now);

 private:
  enum class Hurry { AtOnce, AfterPause };
  void relist_consistently(async::Deadline now);
  void failed(Move next, const Error& error, async::Deadline now);
  void count_failure(async::Deadline now);

  static const std::string kNone;
  async::BackoffPolicy backoff_;
  Move next_ = Move::List;
  std::string resource_version_ = "0";
  bool list_consistently_ = false;
  Hurry hurry_ = Hurry::AtOnce;
  std::chrono::milliseconds at_least_{};
  int failures_ = 0;
  int internal_errors_ = 0;
  async::Deadline last_failure_{};
};

}  // namespace acr::kube
