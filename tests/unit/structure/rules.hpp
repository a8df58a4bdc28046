// SPDX-License-Identifier: Apache-2.0
// The rules of docs/architecture.md and CONTRIBUTING.md that can be read off the text of a source file. Pure.
#pragma once

#include <string>
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

/// "path:line: message".
std::string describe(const Finding& finding);

}  // namespace acr::structure
