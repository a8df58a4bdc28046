// SPDX-License-Identifier: Apache-2.0
// A KeyedQueue that workers can wait on.
#pragma once

#include "common/async/keyed_queue.hpp"
#include "common/async/notifier.hpp"

namespace acr::async {

template <class Key>
class WorkQueue {
 public:
  WorkQueue(const Executor& executor, BackoffPolicy policy) : queue_(policy), changed_(executor) {}

  void add(const Key& key, Priority priority = Priority::Backfill) { add_at(key, Clock::now(), priority); }
  void add_at(const Key& key, Deadline moment, Priority priority = Priority::Backfill) {
    queue_.add(key, moment, priority);
    changed_.notify_all();
  }
  void add_after(const Key& key, Clock::duration delay, Priority priority = Priority::Backfill) {
    add_at(key, deadline_in(delay), priority);
  }

  /// Waits until a key is due and hands it to the caller, who must call done() or failed() for it.
  awaitable<Key> next() {
    for (;;) {
      if (auto key = queue_.take(Clock::now())) co_return std::move(*key);
      co_await changed_.wait_until(queue_.next_due().value_or(Deadline::max()));
    }
  }
  void done(const Key& key) {
    queue_.done(key);
    changed_.notify_all();
  }
  std::chrono::milliseconds failed(const Key& key, std::chrono::milliseconds at_least = {}) {
    const auto pause = queue_.failed(key, Clock::now(), random_fraction(), at_least);
    changed_.notify_all();
    return pause;
  }
  void forget(const Key& key) { queue_.forget(key); }
  /// As KeyedQueue::clear(); no worker may be at work.
  void clear() { queue_.clear(); }
  /// Waits until nothing is due, waiting or in process.
  awaitable<void> wait_idle() {
    while (!queue_.idle()) co_await changed_.wait();
  }
  [[nodiscard]] const KeyedQueue<Key>& state() const { return queue_; }

 private:
  KeyedQueue<Key> queue_;
  Notifier changed_;
};

}  // namespace acr::async
