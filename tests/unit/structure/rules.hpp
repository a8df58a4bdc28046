// SPDX-License-Identifier: Apache-2.0
// The rules of docs/architecture.md and CONTRIBUTING.md that can be read off the text of a source file. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace acr::structure {

struct SourceFile {
  std::string path;  ///< from the root of the repository, with slashes
  std::string text;
};

struct Finding {
  std::string path;
  int line;  ///< from 1; 0 = the whole file
  std::string message;
};

/// A folder of the product includes only the folders below it, and tests are included by tests alone.
std::vector<Finding> check_dependencies(const SourceFile& file);

/// Tasks start in common/async and main.cpp, sockets and TLS stand in common/http, the pure folders know no Asio, clock
/// or file.
std::vector<Finding> check_edges(const SourceFile& file);

/// Licence line, length, no sleeping thread, a reason at every NOLINT, no path of one developer's machine.
std::vector<Finding> check_form(const SourceFile& file);

/// The ids that a document like docs/rules.md defines: each begins a row of a table, "| WR-1 |".
std::set<std::string> read_rule_ids(std::string_view document);

/// An id such as WR-1 in code or tests stands in docs/rules.md.
std::vector<Finding> check_rule_ids(const SourceFile& file, const std::set<std::string>& defined);

/// "path:line: message".
std::string describe(const Finding& finding);

}  // namespace acr::structure
