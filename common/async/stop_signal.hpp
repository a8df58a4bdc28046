// SPDX-License-Identifier: Apache-2.0
// SIGTERM and SIGINT as something a task can wait for.
#pragma once

#include <boost/asio/signal_set.hpp>

#include "common/async/awaitable.hpp"

namespace acr::async {

/// From its construction on the two signals no longer end the process by themselves, so make it before anything that
/// needs a clean stop. SIGPIPE is ignored too: a broken connection is an error code here.
class StopSignal {
 public:
  explicit StopSignal(const Executor& executor);

  /// Waits for the next signal. A process that is stopping calls it again, to end at once at the second one (SHD-2).
  awaitable<void> wait();

 private:
  boost::asio::signal_set signals_;
};

/// Waits for the next signal and ends the process at once with exit code 1, running no destructors.
awaitable<void> exit_at_second_signal(StopSignal& signal);

}  // namespace acr::async
