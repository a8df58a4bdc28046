// SPDX-License-Identifier: Apache-2.0
// What holds for every configuration: by chance, from fixed seeds. A failure prints the seed, by which it can be
// repeated alone.
#include <algorithm>
#include <catch2/catch.hpp>

#include "common/config/parse.hpp"
#include "tests/unit/config/random_settings.hpp"

namespace acr::config {
namespace {

constexpr const char* kRegion = "cn-hangzhou";
constexpr unsigned kSeeds = 400;

ParsedSettings parse(const fakes::ConfigData& data, bool in_force = false) {
  return parse_settings(data, {}, {.default_region = kRegion, .configuration_in_force = in_force});
}

std::string show(const fakes::ConfigData& data, const ParsedSettings& parsed) {
  std::string text;
  for (const auto& [key, value] : data) text += fmt::format("--- {}\n{}\n", key, value);
  for (const auto& d : parsed.diagnostics) {
    text += fmt::format("{} {}: {}\n", to_string(d.severity), d.code, format_diagnostic(d));
  }
  return text;
}

TEST_CASE("the canonical text of any settings means these settings, without an error") {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    Chance chance(seed);
    const auto settings = make_settings(chance, kRegion);
    const auto data = fakes::print_settings(settings);
    const auto parsed = parse(data, true);
    INFO(show(data, parsed));
    CHECK_FALSE(parsed.has_errors());
    CHECK(parsed.settings == settings);
    CHECK(fakes::print_settings(parsed.settings) == data);
  }
}

TEST_CASE("comments, indentation, line ends, quotes, order and brackets change nothing") {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    Chance chance(seed);
    const auto settings = make_settings(chance, kRegion);
    for (int variant = 0; variant < 6; ++variant) {
      const auto data = write_somehow(chance, settings);
      const auto parsed = parse(data, true);
      INFO(show(data, parsed));
      CHECK_FALSE(parsed.has_errors());
      CHECK(parsed.settings == settings);
    }
  }
}

void check_bounds(const fakes::ConfigData& data, const ParsedSettings& parsed) {
  CHECK(parsed.diagnostics.size() <= 101);
  CHECK(parsed.settings.instances.empty() == parsed.list_unreadable);
  for (const auto& d : parsed.diagnostics) {
    const auto found = data.find(d.key);
    const auto value = found == data.end() ? std::string() : found->second;
    const auto ends = std::count_if(value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r'; });
    CHECK(d.line >= 1);
    // An end of line ends the last line; it begins none.
    CHECK(d.line <= (value.ends_with('\n') ? ends : ends + 1));
    CHECK(d.column >= 1);
    CHECK(static_cast<std::size_t>(d.column) <= value.size() + 1);
  }
}

TEST_CASE("whatever was spoilt, parsing ends, with places inside of the text and the same answer each time") {
  for (unsigned seed = 0; seed < 4 * kSeeds; ++seed) {
    INFO("seed " << seed);
    Chance chance(seed);
    const auto data = spoil(chance, write_somehow(chance, make_settings(chance, kRegion)));
    const bool is_edit = chance.one_in(2);
    const auto parsed = parse(data, is_edit);
    INFO(show(data, parsed));
    check_bounds(data, parsed);
    const auto again = parse(data, is_edit);
    CHECK(again.settings == parsed.settings);
    CHECK(again.diagnostics == parsed.diagnostics);
  }
}

TEST_CASE("a megabyte of spoilt text is parsed within the same bounds") {
  for (unsigned seed = 0; seed < 8; ++seed) {
    INFO("seed " << seed);
    Chance chance(seed);
    auto data = write_somehow(chance, make_settings(chance, kRegion));
    const auto once = spoil(chance, data);
    std::string grown;
    while (grown.size() < kMaxDataBytes - 20'000) grown += once.begin()->second + '\n';
    data = {{"acr-registry-info", grown}};
    check_bounds(data, parse(data));
  }
}

}  // namespace
}  // namespace acr::config
