// SPDX-License-Identifier: Apache-2.0
// The classes of work that share a limit, for queues and requests alike.
#pragma once

#include <cstddef>

namespace acr::async {

/// Urgency of work that shares a limit; earlier enumerators go first.
enum class Priority { Lease, NewServiceAccount, NewNamespace, Refresh, Backfill };
inline constexpr std::size_t kPriorities = 5;

}  // namespace acr::async
