// SPDX-License-Identifier: Apache-2.0
// What is to be done next: keys without duplicates, never two workers on one key, growing pauses after failures (WR-7).
// Pure: time comes as an argument.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/async/awaitable.hpp"
#include "common/async/backoff.hpp"

namespace acr::async {

/// Urgent keys go before all others that are due.
enum class Urgency { Urgent, Normal };

/// Key needs operator<. Of several requests for one key the more urgent, then the earlier one wins; a request for a key
/// that is being worked on is remembered and counts after done().
template <class Key>
class KeyedQueue {
 public:
  using Time = Deadline;

  explicit KeyedQueue(BackoffPolicy policy) : policy_(policy) {}

  /// Makes `key` due at `moment` at the latest. An urgent key should be due at once: it would hold back the others.
  void add(const Key& key, Time moment, Urgency urgency = Urgency::Normal) {
    const Due due{urgency, moment};
    if (in_process_.contains(key)) {
      const auto [entry, added] = again_.try_emplace(key, due);
      if (!added) entry->second = std::min(entry->second, due);
      return;
    }
    const auto [entry, added] = due_.try_emplace(key, due);
    if (!added) {
      if (!(due < entry->second)) return;
      order_.erase({entry->second, key});
      entry->second = due;
    }
    order_.insert({due, key});
  }

  /// The most urgent key that has been due longest, now in process; nullopt if none is due at `now`.
  std::optional<Key> take(Time now) {
    if (order_.empty() || order_.begin()->first.second > now) return std::nullopt;
    const Key key = order_.begin()->second;
    order_.erase(order_.begin());
    due_.erase(key);
    in_process_.insert(key);
    return key;
  }

  /// Work on `key` ended well: failures are forgotten.
  void done(const Key& key) {
    failures_.erase(key);
    finish(key);
  }

  /// Work on `key` failed: it is due again after a growing pause, or after `at_least` if that is longer. Returns the
  /// pause.
  std::chrono::milliseconds failed(const Key& key, Time now, double random, std::chrono::milliseconds at_least = {}) {
    const auto pause = std::max(backoff_delay(policy_, ++failures_[key], random), at_least);
    finish(key);
    add(key, now + pause);
    return pause;
  }

  /// Drops a key that no longer exists; work in process on it is not recalled.
  void forget(const Key& key) {
    failures_.erase(key);
    again_.erase(key);
    if (const auto entry = due_.find(key); entry != due_.end()) {
      order_.erase({entry->second, key});
      due_.erase(entry);
    }
  }

  /// Forgets everything, also what is in process: for when the workers have been stopped in the middle of it.
  void clear() { *this = KeyedQueue(policy_); }

  /// When the next key is due; nullopt if none waits.
  [[nodiscard]] std::optional<Time> next_due() const {
    if (order_.empty()) return std::nullopt;
    return order_.begin()->first.second;
  }
  /// Since when, or from when on, the key that waits longest is due; nullopt if none waits.
  [[nodiscard]] std::optional<Time> longest_due() const {
    auto longest = next_due();
    const auto normal = order_.lower_bound({Due{Urgency::Normal, Time::min()}, Key{}});
    if (longest && normal != order_.end()) longest = std::min(*longest, normal->first.second);
    return longest;
  }
  /// How many keys are due at `now`; those that wait for their moment, or for the end of the work on them, are not.
  /// Takes time in proportion to it.
  [[nodiscard]] std::size_t ready(Time now) const {
    std::size_t count = 0;
    for (const auto urgency : {Urgency::Urgent, Urgency::Normal}) {
      for (auto at = order_.lower_bound({Due{urgency, Time::min()}, Key{}});
           at != order_.end() && at->first.first == urgency && at->first.second <= now; ++at)
        ++count;
    }
    return count;
  }
  [[nodiscard]] bool idle() const { return due_.empty() && in_process_.empty(); }
  [[nodiscard]] int failures(const Key& key) const {
    const auto found = failures_.find(key);
    return found == failures_.end() ? 0 : found->second;
  }

 private:
  using Due = std::pair<Urgency, Time>;

  void finish(const Key& key) {
    in_process_.erase(key);
    if (const auto waiting = again_.extract(key)) add(key, waiting.mapped().second, waiting.mapped().first);
  }

  BackoffPolicy policy_;
  std::map<Key, Due> due_;
  std::set<std::pair<Due, Key>> order_;
  std::set<Key> in_process_;
  std::map<Key, Due> again_;
  std::map<Key, int> failures_;
};

}  // namespace acr::async
