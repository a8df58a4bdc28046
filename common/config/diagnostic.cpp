// SPDX-License-Identifier: Apache-2.0
#include "common/config/diagnostic.hpp"

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/config/mask.hpp"

namespace acr::config {

Diagnostic build_diagnostic(Severity severity, std::string code, std::string_view key, int line, int column,
                            std::string_view message, std::string_view hint) {
  return {.severity = severity,
          .code = std::move(code),
          .key = show_key(key),
          .line = line,
          .column = column,
          .message = mask_line(message),
          .hint = mask_line(hint)};
}

std::string show_key(std::string_view key) {
  constexpr std::size_t kMostBytes = 60;
  return printable(mask_line(key), kMostBytes);
}

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
