// SPDX-License-Identifier: Apache-2.0
// Settings of the running process.
#pragma once

namespace acr {

/// No core dumps and no debugger for others: memory holds tokens and keys (SEC-9). Memory of a process that cannot be
/// dumped is also closed to other processes of the same user.
void forbid_dumps();

}  // namespace acr
