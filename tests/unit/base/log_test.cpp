// SPDX-License-Identifier: Apache-2.0
// Log lines as they leave the process (SEC-11).
#include "common/base/log.hpp"

#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <functional>

#include "common/base/json.hpp"
#include "common/base/time.hpp"

namespace acr::log {
namespace {

/// What `write_lines` puts on standard error.
std::string capture(const std::function<void()>& write_lines) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  const int saved = dup(STDERR_FILENO);
  std::fflush(stderr);
  dup2(fileno(file), STDERR_FILENO);
  write_lines();
  std::fflush(stderr);
  dup2(saved, STDERR_FILENO);
  close(saved);
  std::string text;
  std::rewind(file);
  std::array<char, 4096> chunk{};
  for (std::size_t n = 0; (n = std::fread(chunk.data(), 1, chunk.size(), file)) > 0;) text.append(chunk.data(), n);
  std::fclose(file);
  return text;
}

TEST_CASE("a text line: time, level, sentence, fields") {
  configure(Level::Info, Format::Text);
  const auto line = capture(
      [] { info("secret written", {kv("namespace", "web"), kv("hosts", 3), kv("reason", "a b"), kv("ok", true)}); });
  const auto space = line.find(' ');
  CHECK(parse_rfc3339(line.substr(0, space)));
  CHECK(line.substr(space) == " info  secret written namespace=web hosts=3 reason=\"a b\" ok=true\n");
}

TEST_CASE("a value cannot start a line or a field of its own") {
  configure(Level::Info, Format::Text);
  const auto line = capture([] { warn("odd", {kv("name", "x\nlevel=error y=\"z\"")}); });
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  CHECK(line.ends_with(R"(name="x\x0alevel=error y=\"z\"")"
                       "\n"));
}

TEST_CASE("a JSON line is one object") {
  configure(Level::Debug, Format::Json);
  const auto line = capture([] { debug("odd", {kv("name", "x\n\"y\""), kv("count", 7)}); });
  REQUIRE(std::count(line.begin(), line.end(), '\n') == 1);
  const auto object = parse_json(std::string_view(line).substr(0, line.size() - 1)).value();
  CHECK(string_at(object, "level") == "debug");
  CHECK(string_at(object, "message") == "odd");
  CHECK(string_at(object, "name") == "x\n\"y\"");
  CHECK(parse_rfc3339(string_at(object, "time")));
}

TEST_CASE("long values are cut to 1 KiB") {
  for (const auto format : {Format::Text, Format::Json}) {
    configure(Level::Info, format);
    const auto line = capture([] { info("long", {kv("value", std::string(100'000, 'x'))}); });
    CHECK(std::count(line.begin(), line.end(), 'x') == 1024);
  }
}

TEST_CASE("lines below the level are not written") {
  configure(Level::Warn, Format::Text);
  CHECK(capture([] { info("no"); }).empty());
  CHECK_FALSE(capture([] { error("yes"); }).empty());
  configure(Level::Info, Format::Text);
}

TEST_CASE("level names") {
  CHECK(parse_level("debug").value() == Level::Debug);
  CHECK(parse_level("error").value() == Level::Error);
  CHECK_FALSE(parse_level("verbose"));
  CHECK_FALSE(parse_level("INFO"));
}

}  // namespace
}  // namespace acr::log
