// SPDX-License-Identifier: Apache-2.0
// What was written to hurt ends in a finding with a place, soon. tests/bench measures time and memory of the same
// values.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <ctime>

#include "common/config/parse.hpp"
#include "tests/fakes/hostile_values.hpp"

namespace acr::config {
namespace {

std::vector<std::string> findings(const ParsedSettings& parsed) {
  std::vector<std::string> list;
  for (const auto& d : parsed.diagnostics) {
    list.push_back(fmt::format("{} {}@{}:{}", to_string(d.severity), d.code, d.line, d.column));
  }
  return list;
}

TEST_CASE("hostile values of a megabyte end in few findings, soon") {
  // Far above what an unoptimised build needs; anything quadratic takes minutes.
  constexpr double kMostSeconds = 20;
  for (const auto& value : fakes::build_hostile_values(kMaxDataBytes)) {
    INFO(value.title);
    const auto start = std::clock();
    const auto parsed = parse_settings(value.data, {}, {.default_region = "r", .configuration_in_force = true});
    const auto seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    CHECK(seconds < kMostSeconds);
    CHECK(parsed.diagnostics.size() <= 101);
    const auto list = findings(parsed);
    INFO(fmt::format("{}", fmt::join(list.begin(), list.begin() + std::min<long>(5, std::ssize(list)), "\n")));
    const std::string wanted = value.finding;
    CHECK((wanted.empty() || std::find(list.begin(), list.end(), wanted) != list.end()));
    CHECK(parsed.has_errors() == std::any_of(list.begin(), list.end(),
                                             [](const std::string& finding) { return finding.starts_with("error"); }));
    for (const auto& d : parsed.diagnostics) CHECK(format_diagnostic(d).size() < 600);
  }
}

TEST_CASE("every kind of bytes that are no UTF-8 is found, and only those") {
  const auto row = GENERATE(values<std::pair<const char*, bool>>({
      {"\x80", false},
      {"\xC0\xAF", false},
      {"\xC3", false},
      {"\xC3(", false},
      {"\xE0\x80\x80", false},
      {"\xE4\xBD", false},
      {"\xED\xA0\x80", false},
      {"\xF0\x80\x80\x80", false},
      {"\xF4\x90\x80\x80", false},
      {"\xF8\x88\x80\x80\x80", false},
      {"\xC3\xA9", true},
      {"\xE4\xBD\xA0", true},
      {"\xED\x9F\xBF", true},
      {"\xF0\x9F\x98\x80", true},
      {"\xF4\x8F\xBF\xBF", true},
  }));
  const auto parsed = parse_settings({{"acr-registry-info", std::string("# é\r\n# ") + row.first}}, {}, {});
  if (row.second) {
    CHECK(parsed.diagnostics.empty());
  } else {
    CHECK(findings(parsed) == std::vector<std::string>{"error invalid-utf8@2:3"});
    CHECK(parsed.list_unreadable);
  }
}

TEST_CASE("every control character is found, written as it is or as an escape") {
  for (int code = 0; code < 0x20; ++code) {
    if (code == '\t' || code == '\n' || code == '\r') continue;
    INFO(code);
    const auto raw = parse_settings({{"watch-namespace", "web," + std::string(1, static_cast<char>(code))}}, {}, {});
    CHECK(findings(raw) == std::vector<std::string>{"error control-character@1:5"});
    const auto escaped = fmt::format("- regionId: \"a\\x{:02x}\"", code);
    const auto parsed = parse_settings({{"acr-registry-info", escaped}}, {}, {});
    CHECK(findings(parsed) == std::vector<std::string>{"error control-character@1:15"});
  }
}

}  // namespace
}  // namespace acr::config
