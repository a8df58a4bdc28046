// SPDX-License-Identifier: Apache-2.0
// The flags that a program's --help lists, and those that docs/operations.md has of it.
#pragma once

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace acr::test {

/// Each "--name" of a line that begins with a flag; not the negations that CLI11 lists beside a flag.
inline std::set<std::string> flags_in_help(const std::string& help) {
  std::set<std::string> flags;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const auto content = line.find_first_not_of(' ');
    if (content == std::string::npos || content > 4 || line[content] != '-') continue;
    const auto start = line.find("--");
    if (start == std::string::npos) continue;
    const auto end = std::min(line.find_first_of(" ,{", start), line.size());
    flags.insert(line.substr(start, end - start));
  }
  return flags;
}

/// Of the rows of the table of flags, those for `program` ("controller" or "webhook") or both.
inline std::set<std::string> flags_in_docs(std::string_view program) {
  std::set<std::string> flags;
  std::ifstream document(ACR_SOURCE_DIR "/docs/operations.md");
  bool is_table = false;
  for (std::string line; std::getline(document, line);) {
    is_table = (is_table || line.starts_with("<!-- flags:")) && line != "<!-- end -->";
    if (!is_table || !line.starts_with("| `--")) continue;
    const auto first = line.substr(0, line.find(" | ", 2));
    const auto owner = line.substr(first.size() + 3, line.find(' ', first.size() + 3) - first.size() - 3);
    if (owner != "both" && owner != program) continue;
    for (auto at = first.find("`--"); at != std::string::npos; at = first.find("`--", at + 1))
      flags.insert(first.substr(at + 1, first.find_first_of(" `", at + 1) - at - 1));
  }
  return flags;
}

}  // namespace acr::test
