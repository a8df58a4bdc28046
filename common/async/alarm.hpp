// SPDX-License-Identifier: Apache-2.0
// A deadline that moves often, such as that of each read on a connection.
#pragma once

#include <functional>
#include <memory>

#include "common/async/awaitable.hpp"

namespace acr::async {

/// Calls a function when a moment has come. Moving the moment costs next to nothing: the timer is touched only where it
/// would wake too late. with_deadline() starts a task each time instead.
class Alarm {
 public:
  /// `ring` may be called until the destructor.
  Alarm(const Executor& executor, std::function<void()> ring);
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm();

  /// From now on this moment counts, once; Deadline::max() = none.
  void set(Deadline moment);
  /// As set(Deadline::max()), and nothing is left for which the loop would have to wait.
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace acr::async
