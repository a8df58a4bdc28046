// SPDX-License-Identifier: Apache-2.0
#include "webhook/drain.hpp"

#include <algorithm>

#include "common/async/first_of.hpp"
#include "common/async/sleep.hpp"
#include "common/base/log.hpp"

namespace acr::webhook {

async::awaitable<void> drain(http::Server& server, async::TaskGroup& serving, DrainTiming timing) {
  const auto begin = async::Clock::now();
  server.start_draining();
  co_await async::sleep_until(begin + timing.delay);
  server.stop_accepting();
  log::info("no longer accepting", {log::kv("connections", server.connections())});
  co_await async::first_of(serving.join(), async::sleep_until(begin + std::max(timing.limit, timing.delay)));
  if (server.connections() > 0) log::warn("closing what is still open", {log::kv("connections", server.connections())});
  co_await serving.stop();
}

}  // namespace acr::webhook
