// SPDX-License-Identifier: Apache-2.0
#include "common/config/diagnostic.hpp"

#include <fmt/format.h>

namespace acr::config {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::Info:
      return "info";
    case Severity::Warning:
      return "warning";
    case Severity::Error:
      break;
  }
  return "error";
}

std::string format_diagnostic(const Diagnostic& diagnostic) {
  auto line =
      fmt::format("{} line {} column {}: {}", diagnostic.key, diagnostic.line, diagnostic.column, diagnostic.message);
  if (!diagnostic.hint.empty()) line += "; " + diagnostic.hint;
  return line;
}

std::vector<std::string> format_diagnostics(const std::vector<Diagnostic>& diagnostics, Severity severity) {
  std::vector<std::string> lines;
  for (const auto& diagnostic : diagnostics) {
    if (diagnostic.severity == severity) lines.push_back(format_diagnostic(diagnostic));
  }
  return lines;
}

}  // namespace acr::config
