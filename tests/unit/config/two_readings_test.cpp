// SPDX-License-Identifier: Apache-2.0
// Lists that can be read in two ways are refused; those that can be read in one are not.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"
#include "tests/unit/config/random_settings.hpp"

namespace acr::config {
namespace {

struct Row {
  const char* list;
  FindingList findings;
};

/// "id@region domain,domain" of each instance.
FindingList show(const ParsedSettings& parsed) {
  FindingList list;
  for (const auto& i : parsed.settings.instances)
    list.push_back(fmt::format("{}@{} {}", i.instance_id, i.region_id, fmt::join(i.domains, ",")));
  return list;
}

TEST_CASE("a dash out of line that may stand before a field of the item above is refused at its place") {
  const auto row = GENERATE(values<Row>({
      {"- instanceId: cri-a\n  - domains: a.example.com\n", {"error indentation@2:3"}},
      {"- instanceId: cri-a\n - regionId: cn-beijing\n", {"error indentation@2:2"}},
      {"  - instanceId: cri-a\n- assumeRoleARN: acs:ram::1:role/x\n", {"error indentation@2:1"}},
      {"- instanceId: cri-a\n- instanceId: cri-b\n  - domains: a.example.com\n", {"error indentation@3:3"}},
      {"- domains: a.example.com\n  - instanceId: cri-a\n", {"error indentation@2:3"}},
      {"- instanceId:\n  - domains: a.example.com\n", {"error indentation@2:3"}},
      {"- instanceId: cri-a\n  regionId: cn-beijing\n  - regionId: cn-hangzhou\n", {"error indentation@3:3"}},
      {"- instanceId: cri-a\n\t- domains: a.example.com\n", {"error indentation@2:2"}},
      {"- instanceId: cri-a\n  -domains: a.example.com\n", {"error indentation@2:3"}},
      {"- instanceId: cri-a\n  - domains: a.example.com\n    instanceId: cri-b\n", {"error indentation@2:3"}},
  }));
  INFO(row.list);
  const auto parsed = parse_list(row.list);
  for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
  CHECK(findings(parsed) == row.findings);
  CHECK(parsed.list_unreadable);
}

TEST_CASE("among dashes out of line a field that is not in line with its item is refused") {
  const auto row = GENERATE(values<Row>({
      {"- instanceId: cri-a\n   - instanceId: cri-b\n  regionId: cn-beijing\n", {"error indentation@3:3"}},
      {"- instanceId: cri-a\n - instanceId: cri-b\n  regionId: cn-beijing\n", {"error indentation@3:3"}},
      {"- instanceId: cri-a\n - instanceId: cri-b\n       regionId: cn-beijing\n", {"error indentation@3:8"}},
      {"- instanceId: cri-a\n  - instanceId: cri-b\n- instanceId: cri-c\n    regionId: cn-beijing\n",
       {"error indentation@4:5"}},
  }));
  INFO(row.list);
  const auto parsed = parse_list(row.list);
  CHECK(findings(parsed) == row.findings);
  CHECK(parsed.settings.instances.empty());
}

TEST_CASE("a dash out of line that can only begin an item begins one, with a warning") {
  const FindingList two{"cri-a@cn-beijing ", "cri-b@cn-hangzhou b.example.com"};
  const auto row = GENERATE(values<Row>({
      {"- instanceId: cri-a\n  regionId: cn-beijing\n - instanceId: cri-b\n   domains: b.example.com\n",
       {"warning indentation@3:2"}},
      {"- instanceId: cri-a\n    regionId: cn-beijing\n  - instanceId: cri-b\n    domains: b.example.com\n",
       {"warning indentation@2:5"}},
      {"   - instanceId: cri-a\n     regionId: cn-beijing\n- instanceId: cri-b\n  domains: b.example.com\n",
       {"warning indentation@3:1"}},
      {"- regionId: cn-beijing\n  instanceId: cri-a\n - regionId: cn-hangzhou\n   instanceId: cri-b\n   domains: "
       "b.example.com\n",
       {"warning indentation@3:2"}},
      {"- instanceId: cri-a\n  regionId: cn-beijing\n\t- instanceId: cri-b\n\t  domains: b.example.com\n",
       {"warning tab-indentation@3:1"}},
  }));
  INFO(row.list);
  const auto parsed = parse_list(row.list);
  CHECK(findings(parsed) == row.findings);
  CHECK(show(parsed) == two);
}

TEST_CASE("a switch behind a dash out of line is refused") {
  CHECK(findings(parse({{"webhook-configuration", "- enable: true\n  - timeout-seconds: 3\n"}})) ==
        FindingList{"error indentation@2:3"});
}

/// The lines of a flat list, each item beginning with its instanceId.
std::vector<std::string> write_lines(Chance& chance) {
  std::vector<std::string> lines;
  for (std::size_t i = 0, count = 2 + chance.pick(3); i < count; ++i) {
    lines.push_back(fmt::format("- instanceId: cri-{}", i));
    if (chance.one_in(2)) lines.push_back(fmt::format("  regionId: cn-r{}", i));
    if (chance.one_in(2)) lines.push_back(fmt::format("  domains: d{}.example.com", i));
    if (chance.one_in(3)) lines.push_back(fmt::format("  assumeRoleARN: acs:ram::1:role/r{}", i));
    if (chance.one_in(4)) lines.push_back(fmt::format("  customAccessKeySecretRef: {{name: s{}}}", i));
  }
  return lines;
}

/// What a slip of the hand makes of a line: too deep, too shallow, a tab, a dash before a field, a dash less.
std::string slip(Chance& chance, std::string line) {
  const auto content = std::min(line.find_first_not_of(" -"), line.size());
  switch (chance.pick(5)) {
    case 0:
      return std::string(1 + chance.pick(5), ' ') + line;
    case 1:
      return line.substr(std::min(line.find_first_not_of(' '), chance.pick(3)));
    case 2:
      return "\t" + line.substr(std::min(line.find_first_not_of(' '), line.size()));
    case 3:
      return std::string(chance.pick(5), ' ') + "- " + line.substr(content);
    default:
      return std::string(chance.pick(5), ' ') + line.substr(content);
  }
}

TEST_CASE("whichever lines of a list slip, it means what was written or is refused") {
  std::size_t accepted = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    Chance chance(seed);
    auto lines = write_lines(chance);
    const auto written = parse_list(fmt::format("{}\n", fmt::join(lines, "\n")));
    REQUIRE(findings(written).empty());
    for (auto slips = 1 + chance.pick(3); slips > 0; --slips) {
      auto& line = lines[chance.pick(lines.size())];
      line = slip(chance, line);
    }
    const auto text = fmt::format("{}\n", fmt::join(lines, "\n"));
    INFO("seed " << seed << "\n" << text);
    const auto parsed = parse_list(text);
    if (parsed.has_errors()) continue;
    ++accepted;
    CHECK(parsed.settings == written.settings);
  }
  CHECK(accepted > 100);
}

}  // namespace
}  // namespace acr::config
