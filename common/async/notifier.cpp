// SPDX-License-Identifier: Apache-2.0
#include "common/async/notifier.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include "common/async/sleep.hpp"

namespace acr::async {

Notifier::Notifier(const Executor& executor) : timer_(executor, Deadline::max()) {}

void Notifier::notify_all() {
  timer_.cancel();
}

void Notifier::notify_one() {
  timer_.cancel_one();
}

awaitable<void> Notifier::wait() {
  // A notification ends the wait as "cancelled" too, so the task's own state tells the two apart.
  co_await timer_.async_wait(as_value);
  co_await throw_if_cancelled();
}

awaitable<void> Notifier::wait_until(Deadline moment) {
  namespace asio = boost::asio;
  Timer limit(timer_.get_executor(), moment);
  auto group =
      asio::experimental::make_parallel_group(timer_.async_wait(asio::deferred), limit.async_wait(asio::deferred));
  co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  co_await throw_if_cancelled();
}

}  // namespace acr::async
