// SPDX-License-Identifier: Apache-2.0
// A KeyedQueue that workers can wait on.
#pragma once

#include "common/async/keyed_queue.hpp"
#include "common/async/notifier.hpp"

namespace acr::async {

template <class Key>
class WorkQueue {
 public:
  WorkQueue(const Executor& executor, BackoffPolicy policy) : queue_(policy), changed_(executor), idle_(executor) {}

  void add(const Key& key, Priority priority = Priority::Backfill) { add_at(key, Clock::now(), priority); }
  void add_at(const Key& key, Deadline moment, Priority priority = Priority::Backfill) {
    queue_.add(key, moment, priority);
    changed_.notify_one();
  }
  void add_after(const Key& key, Clock::duration delay, Priority priority = Priority::Backfill) {
    add_at(key, deadline_in(delay), priority);
  }

  /// Waits until a key is due and hands it to the caller, who must call done() or failed() for it.
  awaitable<Key> next() {
    for (;;) {
      auto key = queue_.take(Clock::now());
      const auto due = queue_.next_due();
      if (key) {
        // Only one is woken for each key, and each wakes the next while there is something to wait for: all of them at
        // once would mostly find nothing.
        if (due) changed_.notify_one();
        co_return std::move(*key);
      }
      co_await (due ? changed_.wait_until(*due) : changed_.wait());
    }
  }
  void done(const Key& key) {
    queue_.done(key);
    changed_.notify_one();
    if (queue_.idle()) idle_.notify_all();
  }
  std::chrono::milliseconds failed(const Key& key, std::chrono::milliseconds at_least = {}) {
    const auto pause = queue_.failed(key, Clock::now(), random_fraction(), at_least);
    changed_.notify_one();
    return pause;
  }
  void forget(const Key& key) { queue_.forget(key); }
  /// As KeyedQueue::clear(); no worker may be at work.
  void clear() { queue_.clear(); }
  /// Waits until nothing is due, waiting or in process.
  awaitable<void> wait_idle() {
    while (!queue_.idle()) co_await idle_.wait();
  }
  [[nodiscard]] const KeyedQueue<Key>& state() const { return queue_; }

 private:
  KeyedQueue<Key> queue_;
  Notifier changed_;
  Notifier idle_;
};

}  // namespace acr::async
