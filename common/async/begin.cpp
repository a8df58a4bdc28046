// SPDX-License-Identifier: Apache-2.0
#include "common/async/begin.hpp"

#include <boost/asio/post.hpp>

namespace acr::async {

awaitable<void> begin(awaitable<void> task) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_await boost::asio::post(boost::asio::use_awaitable);
  co_await boost::asio::this_coro::throw_if_cancelled(true);
  co_await std::move(task);
}

}  // namespace acr::async
