// SPDX-License-Identifier: Apache-2.0
// Lists that can be read in two ways are refused; those that can be read in one are not.
#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"

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

}  // namespace
}  // namespace acr::config
