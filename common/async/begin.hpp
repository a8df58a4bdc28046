// SPDX-License-Identifier: Apache-2.0
// The first step of every task that is started.
#pragma once

#include "common/async/awaitable.hpp"

namespace acr::async {

/// Suspends once before anything else. A task that is cancelled before it was ever suspended makes Asio (Boost 1.81)
/// throw out of io_context::run() instead of calling the completion handler, and its owner would wait for it forever.
awaitable<void> begin(awaitable<void> task);

}  // namespace acr::async
