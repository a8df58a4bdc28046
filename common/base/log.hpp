// SPDX-License-Identifier: Apache-2.0
// Log lines: a constant sentence plus key=value fields, as text or as one JSON object a line.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace acr::log {

enum class Level { Debug, Info, Warn, Error };
enum class Format { Text, Json };

/// One key=value of a line. Values are escaped and cut to 1 KiB (SEC-11); a Secret cannot be formatted and so cannot
/// get here.
struct Field {
  std::string key;
  std::string value;
};

template <class T>
Field kv(std::string_view key, const T& value) {
  return {std::string(key), fmt::format("{}", value)};
}
inline Field kv(std::string_view key, bool value) {
  return {std::string(key), value ? "true" : "false"};
}

/// Sets the level and format of the process; lines go to standard error.
void configure(Level level, Format format);

/// Parses "debug", "info", "warn" or "error".
Result<Level> parse_level(std::string_view text);

void write(Level level, std::string_view sentence, std::initializer_list<Field> fields);

inline void debug(std::string_view sentence, std::initializer_list<Field> fields = {}) {
  write(Level::Debug, sentence, fields);
}
/// A change of state.
inline void info(std::string_view sentence, std::initializer_list<Field> fields = {}) {
  write(Level::Info, sentence, fields);
}
/// Degraded, but working.
inline void warn(std::string_view sentence, std::initializer_list<Field> fields = {}) {
  write(Level::Warn, sentence, fields);
}
/// A person must look.
inline void error(std::string_view sentence, std::initializer_list<Field> fields = {}) {
  write(Level::Error, sentence, fields);
}

}  // namespace acr::log
