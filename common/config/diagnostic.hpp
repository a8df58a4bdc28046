// SPDX-License-Identifier: Apache-2.0
// What the parser of acr-configuration has to say to the person who wrote it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acr::config {

enum class Severity {
  Info,     ///< worth knowing; nothing to do
  Warning,  ///< used as it was plainly meant, but should be written properly
  Error,    ///< not usable; as an edit of a running configuration it is refused as a whole
};

/// One finding. Holds no access key and no part of one.
struct Diagnostic {
  Severity severity = Severity::Warning;
  /// A short label for the kind of finding, such as "yaml-syntax".
  std::string code;
  /// The data key it is about, such as "acr-registry-info".
  std::string key;
  /// 1-based, counted inside the value of `key`; columns count characters, not bytes.
  int line = 1;
  int column = 1;
  std::string message;
  /// What to do about it; may be empty.
  std::string hint;

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// The only way to make one: key, message and hint may quote what was written, and an access key may stand at any place
/// in that, so they are masked here. `key` is made printable and cut to at most 60 bytes.
Diagnostic build_diagnostic(Severity severity, std::string code, std::string_view key, int line, int column,
                            std::string_view message, std::string_view hint);

/// The name of a data key as diagnostics show it.
std::string show_key(std::string_view key);

/// "info", "warning" or "error".
std::string_view to_string(Severity severity);

/// One line for an Event, a log line or an admission message:
/// "acr-registry-info line 3 column 5: <message>; <hint>".
std::string format_diagnostic(const Diagnostic& diagnostic);

/// The diagnostics of one severity, each as one line, in document order.
std::vector<std::string> format_diagnostics(const std::vector<Diagnostic>& diagnostics, Severity severity);

}  // namespace acr::config
