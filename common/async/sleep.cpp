// SPDX-License-Identifier: Apache-2.0
#include "common/async/sleep.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace acr::async {

awaitable<void> sleep_until(Deadline moment) {
  Timer timer(co_await boost::asio::this_coro::executor, moment);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

awaitable<void> sleep_for(Clock::duration duration) {
  return sleep_until(deadline_in(duration));
}

awaitable<void> throw_if_cancelled() {
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  if (state.cancelled() != boost::asio::cancellation_type::none) {
    throw boost::system::system_error(boost::asio::error::operation_aborted);
  }
}

}  // namespace acr::async
