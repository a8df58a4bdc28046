// SPDX-License-Identifier: Apache-2.0
#include "common/async/stop_signal.hpp"

#include <csignal>
#include <cstdlib>

#include "common/base/log.hpp"

namespace acr::async {

StopSignal::StopSignal(const Executor& executor) : signals_(executor, SIGTERM, SIGINT) {
  std::signal(SIGPIPE, SIG_IGN);
}

awaitable<void> StopSignal::wait() {
  co_await signals_.async_wait(boost::asio::use_awaitable);
}

awaitable<void> exit_at_second_signal(StopSignal& signal) {
  co_await signal.wait();
  log::warn("signal: the process ends at once");
  std::_Exit(EXIT_FAILURE);
}

}  // namespace acr::async
