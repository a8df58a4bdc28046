// SPDX-License-Identifier: Apache-2.0
// An operation that is cancelled when its deadline passes.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/error.hpp"

namespace acr::async {

/// Runs `operation`; cancels it at `deadline` and then gives an Error of kind Timeout whose message is
/// "<what>: no answer within the deadline". An exception of the operation passes through, and so does
/// cancellation of the caller. The operation must honour cancellation: it is waited for in any case.
/// (`operation || timer` would not do: a failing operation would count as the timer's success.)
template <class T>
awaitable<Result<T>> with_deadline(Deadline deadline, std::string what, awaitable<Result<T>> operation) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  Timer timer(executor, deadline);
  auto group = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(operation), asio::deferred),
                                                       timer.async_wait(asio::deferred));
  auto [order, exception, result, timer_error] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 0) {
    if (exception) std::rethrow_exception(exception);
    co_return std::move(result);
  }
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  // The operation may have finished while it was being cancelled; its result is as good as any.
  if (!exception && result) co_return std::move(result);
  co_return fail(ErrorKind::Timeout, what + ": no answer within the deadline");
}

}  // namespace acr::async
