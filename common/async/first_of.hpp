// SPDX-License-Identifier: Apache-2.0
// Two tasks of which the first to end stops the other.
#pragma once

#include "common/async/awaitable.hpp"

namespace acr::async {

/// Runs both until one ends, cancels the other and waits for it. An exception of the one that ended first passes
/// through, and so does cancellation of the caller, which stops both.
awaitable<void> first_of(awaitable<void> one, awaitable<void> other);

}  // namespace acr::async
