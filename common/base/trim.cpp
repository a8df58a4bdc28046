// SPDX-License-Identifier: Apache-2.0
#include "common/base/trim.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace acr {
namespace {

std::optional<std::uintptr_t> parse_address(std::string_view text) {
  std::uintptr_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The next word of `line`, which is shortened by it.
std::string_view take_word(std::string_view& line) {
  const auto begin = std::min(line.find_first_not_of(' '), line.size());
  const auto end = std::min(line.find(' ', begin), line.size());
  const auto word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

struct Entry {
  Mapping mapping;
  bool clean = false;  ///< so far
};

/// "BEGIN-END PERMISSIONS OFFSET DEVICE INODE [PATH]"; nullopt if the line is something else.
std::optional<Entry> parse_head(std::string_view line) {
  const auto range = take_word(line);
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto begin = parse_address(range.substr(0, dash));
  const auto end = parse_address(range.substr(dash + 1));
  if (!begin || !end || *end <= *begin) return std::nullopt;
  const auto permissions = take_word(line);
  for (int skipped = 0; skipped < 3; ++skipped) take_word(line);
  const bool readable =
      permissions.size() == 4 && permissions[0] == 'r' && permissions[1] == '-' && permissions[3] == 'p';
  return Entry{.mapping = {.begin = *begin, .size = *end - *begin},
               .clean = readable && take_word(line).starts_with('/')};
}

}  // namespace

std::vector<Mapping> parse_droppable(std::istream& smaps) {
  std::vector<Mapping> droppable;
  std::optional<Entry> current;
  int accounts = 0;  // of the two that must have been read and be nothing
  const auto finish = [&] {
    if (current && current->clean && accounts == 2) droppable.push_back(current->mapping);
  };
  for (std::string line; std::getline(smaps, line);) {
    std::string_view rest = line;
    if (auto head = parse_head(line)) {
      finish();
      current = head;
      accounts = 0;
    } else if (const auto name = take_word(rest); current && (name == "Anonymous:" || name == "Swap:")) {
      current->clean = current->clean && take_word(rest) == "0";
      ++accounts;
    }
  }
  finish();
  return droppable;
}

void trim_memory() {
  malloc_trim(0);
  std::ifstream smaps("/proc/self/smaps");
  for (const auto& mapping : parse_droppable(smaps)) {
    // An error means that nothing was given back, which does no harm.
    (void)::madvise(reinterpret_cast<void*>(mapping.begin), mapping.size, MADV_DONTNEED);
  }
}

}  // namespace acr
