// SPDX-License-Identifier: Apache-2.0
// Counts what operator new hands out, in every library of the program.
#pragma once

#include <cstddef>

namespace acr::bench {

/// Bytes in use now, as the allocator rounds them.
std::size_t used_bytes();

/// The most that were in use since the last reset_peak().
std::size_t peak_bytes();

void reset_peak();

}  // namespace acr::bench
