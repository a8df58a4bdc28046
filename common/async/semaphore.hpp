// SPDX-License-Identifier: Apache-2.0
// At most so many at once, the more urgent first.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include "common/async/awaitable.hpp"
#include "common/async/notifier.hpp"
#include "common/async/priority.hpp"

namespace acr::async {

/// A counting semaphore with one first-in-first-out line per priority. Must outlive its permits and waiters.
class Semaphore {
 public:
  Semaphore(Executor executor, std::size_t permits) : executor_(std::move(executor)), free_(permits) {}

  /// Gives its place back when destroyed.
  class Permit {
   public:
    explicit Permit(Semaphore& owner) : owner_(&owner) {}
    Permit(Permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (owner_ != nullptr) owner_->release();
    }

   private:
    Semaphore* owner_;
  };

  /// A place if one is free, without waiting.
  std::optional<Permit> try_acquire();
  /// Waits for a place. Cancelling the task leaves the line.
  awaitable<Permit> acquire(Priority priority);

 private:
  struct Waiter {
    explicit Waiter(const Executor& executor) : wake(executor) {}
    Notifier wake;
    bool granted = false;
    bool gone = false;
  };
  void release();

  Executor executor_;
  std::size_t free_;
  std::array<std::deque<std::shared_ptr<Waiter>>, kPriorities> lines_;
};

}  // namespace acr::async
