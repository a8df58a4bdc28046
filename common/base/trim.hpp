// SPDX-License-Identifier: Apache-2.0
// Memory that the process has no use for at present. More than half of what is resident in an idle controller is code
// and tables that only the start and rare events read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <vector>

namespace acr {

/// A range of addresses.
struct Mapping {
  std::uintptr_t begin = 0;
  std::size_t size = 0;

  friend bool operator==(const Mapping&, const Mapping&) = default;
};

/// The mappings in the text of /proc/PID/smaps that can be dropped without loss: parts of files, not writable, of which
/// no page is the process's own (relocated tables are), resident or in swap.
std::vector<Mapping> parse_droppable(std::istream& smaps);

/// Gives free pages of the heap back to the system, and clean pages of program files: whatever of them is needed again
/// comes back from the page cache by itself. Takes about a millisecond; does nothing where /proc cannot be read.
void trim_memory();

}  // namespace acr
