// SPDX-License-Identifier: Apache-2.0
// What is to be done next: keys without duplicates, never two workers on one key, growing pauses after failures (WR-7),
// the more urgent first and yet nothing for ever last. Pure: time comes as an argument.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/async/awaitable.hpp"
#include "common/async/backoff.hpp"
#include "common/async/priority.hpp"

namespace acr::async {

/// Key needs operator<. Several requests for one key are one, as urgent and as early as any of them; a request for a
/// key that is being worked on is remembered and counts after done().
template <class Key>
class KeyedQueue {
 public:
  using Time = Deadline;

  /// One key in so many goes to what has been due longest, however little urgent: an endless stream of urgent work
  /// slows the rest down but does not stop it.
  static constexpr unsigned kOldestEach = 8;

  explicit KeyedQueue(BackoffPolicy policy) : policy_(policy) {}
  // A copy's lines would point to keys of the original.
  KeyedQueue(const KeyedQueue&) = delete;
  KeyedQueue& operator=(const KeyedQueue&) = delete;
  KeyedQueue(KeyedQueue&&) noexcept = default;
  KeyedQueue& operator=(KeyedQueue&&) noexcept = default;
  ~KeyedQueue() = default;

  /// Makes `key` due at `moment` at the latest.
  void add(const Key& key, Time moment, Priority priority = Priority::Backfill) {
    const Due due{priority, moment};
    if (in_process_.contains(key)) {
      const auto [entry, added] = again_.try_emplace(key, due);
      if (!added) entry->second = merge(entry->second, due);
      return;
    }
    const auto [entry, added] = due_.try_emplace(key, due);
    if (!added) {
      line_of(entry->second).erase({entry->second.moment, &entry->first});
      entry->second = merge(entry->second, due);
    }
    line_of(entry->second).insert({entry->second.moment, &entry->first});
  }

  /// The most urgent key that is due at `now`, of those the one that has been due longest; now in process. nullopt if
  /// none is.
  std::optional<Key> take(Time now) {
    Line* chosen = nullptr;
    const bool oldest = (taken_ + 1) % kOldestEach == 0;
    for (auto& line : lines_) {
      if (line.empty() || line.begin()->moment > now) continue;
      if (chosen == nullptr || (oldest && line.begin()->moment < chosen->begin()->moment)) chosen = &line;
    }
    if (chosen == nullptr) return std::nullopt;
    ++taken_;
    const auto entry = due_.find(*chosen->begin()->key);
    chosen->erase(chosen->begin());
    const auto taken = due_.extract(entry);
    in_process_.emplace(taken.key(), taken.mapped().priority);
    return taken.key();
  }

  /// As what a key in process was taken.
  [[nodiscard]] Priority priority(const Key& key) const { return in_process_.at(key); }

  /// Work on `key` ended well: failures are forgotten.
  void done(const Key& key) {
    failures_.erase(key);
    finish(key);
  }

  /// Work on `key` failed: it is due again, no less urgent, after a growing pause, or after `at_least` if that is
  /// longer. Returns the pause.
  std::chrono::milliseconds failed(const Key& key, Time now, double random, std::chrono::milliseconds at_least = {}) {
    const auto pause = std::max(backoff_delay(policy_, ++failures_[key], random), at_least);
    const auto as_before = priority(key);
    finish(key);
    add(key, now + pause, as_before);
    return pause;
  }

  /// Drops a key that no longer exists; work in process on it is not recalled.
  void forget(const Key& key) {
    failures_.erase(key);
    again_.erase(key);
    if (const auto entry = due_.find(key); entry != due_.end()) {
      line_of(entry->second).erase({entry->second.moment, &entry->first});
      due_.erase(entry);
    }
  }

  /// Forgets everything, also what is in process: for when the workers have been stopped in the middle of it.
  void clear() { *this = KeyedQueue(policy_); }

  /// Since when, or from when on, the key that waits longest is due; nullopt if none waits.
  [[nodiscard]] std::optional<Time> next_due() const {
    std::optional<Time> next;
    for (const auto& line : lines_) {
      if (!line.empty() && (!next || line.begin()->moment < *next)) next = line.begin()->moment;
    }
    return next;
  }
  /// How many keys are due at `now`; those that wait for their moment, or for the end of the work on them, are not.
  /// Takes time in proportion to it.
  [[nodiscard]] std::size_t ready(Time now) const {
    std::size_t count = 0;
    for (const auto& line : lines_) {
      for (auto at = line.begin(); at != line.end() && at->moment <= now; ++at) ++count;
    }
    return count;
  }
  [[nodiscard]] bool idle() const { return due_.empty() && in_process_.empty(); }
  [[nodiscard]] int failures(const Key& key) const {
    const auto found = failures_.find(key);
    return found == failures_.end() ? 0 : found->second;
  }

 private:
  struct Due {
    Priority priority;
    Time moment;
  };
  /// A key of due_ in its line. The key itself stands only there: a backfill has tens of thousands.
  struct Place {
    Time moment;
    const Key* key;

    friend bool operator<(const Place& a, const Place& b) {
      return a.moment != b.moment ? a.moment < b.moment : *a.key < *b.key;
    }
  };
  using Line = std::set<Place>;

  static Due merge(const Due& a, const Due& b) {
    return {std::min(a.priority, b.priority), std::min(a.moment, b.moment)};
  }
  Line& line_of(const Due& due) { return lines_.at(static_cast<std::size_t>(due.priority)); }

  void finish(const Key& key) {
    in_process_.erase(key);
    if (const auto waiting = again_.extract(key)) add(key, waiting.mapped().moment, waiting.mapped().priority);
  }

  BackoffPolicy policy_;
  std::map<Key, Due> due_;
  std::array<Line, kPriorities> lines_;
  std::map<Key, Priority> in_process_;
  std::map<Key, Due> again_;
  std::map<Key, int> failures_;
  unsigned taken_ = 0;
};

}  // namespace acr::async
