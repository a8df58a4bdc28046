// SPDX-License-Identifier: Apache-2.0
#include "common/base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "common/base/json.hpp"
#include "common/base/log_enabled.hpp"
#include "common/base/text.hpp"
#include "common/base/time.hpp"

namespace acr::log {
namespace {

constexpr std::size_t kValueLimit = 1024;

Format& process_format() {
  static Format format = Format::Text;
  return format;
}

spdlog::logger& process_logger() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("acr", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::trace);  // a line must be out before a kill -9
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warn:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::Debug:
      return "debug";
    case Level::Info:
      return "info";
    case Level::Warn:
      return "warn";
    case Level::Error:
      return "error";
  }
  return "info";
}

std::string text_line(Level level, std::string_view time, std::string_view sentence,
                      std::initializer_list<Field> fields) {
  std::string line = fmt::format("{} {:5} {}", time, name_of(level), sentence);
  for (const auto& field : fields) {
    const auto value = printable(field.value, kValueLimit);
    const bool quoted = value.empty() || value.find_first_of(" =\\\"") != std::string::npos;
    line += quoted ? fmt::format(" {}=\"{}\"", field.key, value) : fmt::format(" {}={}", field.key, value);
  }
  return line;
}

std::string json_line(Level level, std::string_view time, std::string_view sentence,
                      std::initializer_list<Field> fields) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_string(writer, "time", time);
  write_string(writer, "level", name_of(level));
  write_string(writer, "message", sentence);
  for (const auto& field : fields)
    write_string(writer, field.key, std::string_view(field.value).substr(0, kValueLimit));
  writer.EndObject();
  return text_of(buffer);
}

}  // namespace

void configure(Level level, Format format) {
  process_logger().set_level(spdlog_level(level));
  process_format() = format;
}

Result<Level> parse_level(std::string_view text) {
  for (const auto level : {Level::Debug, Level::Info, Level::Warn, Level::Error}) {
    if (text == name_of(level)) return level;
  }
  return fail(ErrorKind::Invalid,
              fmt::format("unknown log level \"{}\"; use debug, info, warn or error", printable(text)));
}

bool enabled(Level level) {
  return process_logger().should_log(spdlog_level(level));
}

void write(Level level, std::string_view sentence, std::initializer_list<Field> fields) {
  auto& logger = process_logger();
  if (!logger.should_log(spdlog_level(level))) return;
  const auto time = format_rfc3339_micro(std::chrono::system_clock::now());
  const auto line = process_format() == Format::Json ? json_line(level, time, sentence, fields)
                                                     : text_line(level, time, sentence, fields);
  logger.log(spdlog_level(level), "{}", line);
}

}  // namespace acr::log
