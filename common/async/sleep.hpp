// SPDX-License-Identifier: Apache-2.0
// Waiting for a moment. Cancelling the task ends the wait by an exception (operation_aborted).
#pragma once

#include "common/async/awaitable.hpp"

namespace acr::async {

awaitable<void> sleep_until(Deadline moment);
awaitable<void> sleep_for(Clock::duration duration);

/// Throws operation_aborted if the running task was cancelled. For loops whose operations report cancellation as a
/// value.
awaitable<void> throw_if_cancelled();

}  // namespace acr::async
