// SPDX-License-Identifier: Apache-2.0
// How the webhook leaves without failing a request (SHD-1).
#pragma once

#include <chrono>

#include "common/async/task_group.hpp"
#include "common/http/server.hpp"

namespace acr::webhook {

struct DrainTiming {
  std::chrono::milliseconds delay{15'000};   ///< goes on accepting this long: endpoints are removed asynchronously
  std::chrono::milliseconds limit{100'000};  ///< for everything; API servers drop idle connections after 90 s
};

/// Every answer from now on closes its connection; after the delay nothing new is accepted; returns when the last
/// connection is gone, or at the limit with the rest closed. `serving` runs server.serve() and nothing else.
async::awaitable<void> drain(http::Server& server, async::TaskGroup& serving, DrainTiming timing);

}  // namespace acr::webhook
