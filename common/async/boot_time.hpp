// SPDX-License-Identifier: Apache-2.0
// A clock that nobody sets and that goes on while the machine sleeps.
#pragma once

#include <chrono>
#include <string>

namespace acr::async {

/// Time since boot with suspend included (CLOCK_BOOTTIME): steady_clock stops while a machine is suspended. In
/// simulated time (Clock::simulate) it is that.
std::chrono::nanoseconds boot_time() noexcept;

/// Names the present boot of this machine, for whoever keeps a boot_time(): under another id it says nothing. Empty if
/// the kernel does not tell.
std::string boot_id();

}  // namespace acr::async
