// SPDX-License-Identifier: Apache-2.0
// The owner of background work: nothing runs without one, and it ends only when all its tasks have.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <functional>
#include <list>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/async/notifier.hpp"

namespace acr::async {

/// Starts tasks and stops them. Declare it as the last member of its owner, so that no task outlives what it uses.
/// stop() must have been awaited before the destructor runs; a task still there then is a broken invariant
/// (std::terminate).
class TaskGroup {
 public:
  /// Called when a task ends by an exception other than cancellation; such a task is a bug or bad_alloc.
  using OnFailure = std::function<void(const std::string& name, const std::exception_ptr& failure)>;

  /// The default for `on_failure` logs the failure and rethrows it out of io_context::run(), which ends the process.
  explicit TaskGroup(Executor executor, OnFailure on_failure = {});
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  /// Starts `task` on the next turn of the loop. `name` stands in logs.
  void spawn(std::string name, awaitable<void> task);

  /// Asks every task to stop now (terminal cancellation), without waiting.
  void cancel();

  /// cancel(), then waits until the last task is gone. New tasks may not be spawned meanwhile.
  awaitable<void> stop();

  /// Waits until no task is left, cancelling none.
  awaitable<void> join();

  [[nodiscard]] std::size_t size() const { return tasks_.size(); }

 private:
  struct Task {
    std::string name;
    boost::asio::cancellation_signal cancel;
  };
  void finished(std::list<Task>::iterator task, const std::exception_ptr& failure);

  Executor executor_;
  OnFailure on_failure_;
  std::list<Task> tasks_;
  Notifier empty_;
};

}  // namespace acr::async
