// SPDX-License-Identifier: Apache-2.0
#include "common/async/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include "common/async/begin.hpp"
#include "common/base/log.hpp"

namespace acr::async {
namespace {

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == boost::asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

void end_process(const std::string& name, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    log::error("a task failed unexpectedly; the process ends", {log::kv("task", name), log::kv("error", error.what())});
    throw;
  }
}

}  // namespace

TaskGroup::TaskGroup(Executor executor, OnFailure on_failure)
    : executor_(std::move(executor)),
      on_failure_(on_failure ? std::move(on_failure) : end_process),
      empty_(executor_) {}

TaskGroup::~TaskGroup() {
  if (!tasks_.empty()) {
    log::error("a task group was destroyed before its tasks ended", {log::kv("task", tasks_.front().name)});
    std::terminate();
  }
}

void TaskGroup::spawn(std::string name, awaitable<void> task) {
  const auto entry = tasks_.emplace(tasks_.end());
  entry->name = std::move(name);
  boost::asio::co_spawn(
      executor_, begin(std::move(task)),
      boost::asio::bind_cancellation_slot(
          entry->cancel.slot(), [this, entry](const std::exception_ptr& failure) { finished(entry, failure); }));
}

void TaskGroup::finished(std::list<Task>::iterator task, const std::exception_ptr& failure) {
  const auto name = std::move(task->name);
  // co_spawn may have queued a cancellation that points into the signal, and the signal may be what is ending the task
  // right now; so it goes one turn of the loop later.
  std::list<Task> ended;
  ended.splice(ended.begin(), tasks_, task);
  boost::asio::post(executor_, [ended = std::move(ended)] {});
  if (tasks_.empty()) empty_.notify_all();
  if (failure && !is_cancellation(failure)) on_failure_(name, failure);
}

void TaskGroup::cancel() {
  // A signal may run a task to its end at once, which takes it out of the list under the loop's feet.
  for (auto task = tasks_.begin(); task != tasks_.end();) {
    const auto current = task++;
    current->cancel.emit(boost::asio::cancellation_type::terminal);
  }
}

awaitable<void> TaskGroup::stop() {
  cancel();
  co_await join();
}

awaitable<void> TaskGroup::join() {
  while (!tasks_.empty()) co_await empty_.wait();
}

}  // namespace acr::async
