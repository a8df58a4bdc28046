// SPDX-License-Identifier: Apache-2.0
#include "common/async/first_of.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include "common/async/begin.hpp"
#include "common/async/sleep.hpp"

namespace acr::async {

awaitable<void> first_of(awaitable<void> one, awaitable<void> other) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  auto group =
      asio::experimental::make_parallel_group(asio::co_spawn(executor, begin(std::move(one)), asio::deferred),
                                              asio::co_spawn(executor, begin(std::move(other)), asio::deferred));
  auto [order, failure_of_one, failure_of_other] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  co_await throw_if_cancelled();
  const auto failure = order[0] == 0 ? failure_of_one : failure_of_other;
  if (failure) std::rethrow_exception(failure);
}

}  // namespace acr::async
