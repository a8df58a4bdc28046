// SPDX-License-Identifier: Apache-2.0
// Items of which a part was made a comment: the rest never goes to another item, nor becomes Personal Edition.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

/// A check that fails shows the list and all findings.
ParsedSettings parse_shown(const std::string& list) {
  auto parsed = parse_list(list);
  UNSCOPED_INFO(list);
  for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
  return parsed;
}

/// A list whose second item has lost its head to `comment`; `depth` is the indentation of what is left of it.
void check_head_lost(const std::string& first, const std::string& comment, const std::string& depth) {
  for (const auto* rest : {"domains: b.example.com", "customAccessKeySecretRef: {name: b-key}",
                           "assumeRoleARN: acs:ram::1:role/b", "regionId: cn-beijing"}) {
    const auto list = first + comment + "\n" + depth + rest + "\n";
    const auto parsed = parse_shown(list);
    CHECK(std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                      [](const Diagnostic& d) { return d.code == "commented-item" && d.line == 3; }));
    CHECK(parsed.settings.instances.empty());
  }
}

TEST_CASE("fields below a comment that begins an item are not taken for those of the item above") {
  const std::string first = "- instanceId: cri-a\n  expireDuration: 3600\n";
  for (const auto* comment : {"#- instanceId: cri-b", "# - instanceId: cri-b", "#-instanceId: cri-b",
                              "//- instanceId: cri-b", "#- \"instanceId\": cri-b"})
    check_head_lost(first, comment, "  ");
  // Repairs of the indentation keep it.
  check_head_lost(first, "#- instanceId: cri-b", "    ");
  const std::string indented = "  - instanceId: cri-a\n    expireDuration: 3600\n";
  for (const auto* comment : {"  #- instanceId: cri-b", "#  - instanceId: cri-b", "# - instanceId: cri-b"}) {
    check_head_lost(indented, comment, "    ");
    check_head_lost(indented, comment, "      ");
  }
}

TEST_CASE("the head of an item that is a comment is told between brackets and above a nested value too") {
  const auto* list = GENERATE("[{instanceId: cri-a,\n# {instanceId: cri-b,\n domains: b.example.com}]",
                              "[{instanceId: cri-a,\n#}, {instanceId: cri-b,\n domains: b.example.com}]",
                              "- instanceId: cri-a\n  customAccessKeySecretRef:\n#- instanceId: cri-b\n"
                              "#  customAccessKeySecretRef:\n    name: b-key\n",
                              "- instanceId: cri-a\n# - regionId: cn-beijing\n  customAccessKeySecretRef: {name: b}\n",
                              "- instanceId: cri-a\n#- instanceId: cri-b\n#  regionId: cn-beijing\n  domains: b.cn\n",
                              "instanceId: cri-a\n#- instanceId: cri-b\ndomains: b.example.com\n");
  const auto parsed = parse_shown(list);
  CHECK(parsed.has_errors());
  CHECK(parsed.settings.instances.empty());
}

TEST_CASE("comments that leave no doubt stay comments") {
  const auto* list =
      GENERATE("- instanceId: cri-a\n  domains: a.example.com\n#- instanceId: cri-b\n#  domains: b.example.com\n",
               "#- instanceId: cri-b\n#  domains: b.example.com\n- instanceId: cri-a\n  domains: a.example.com\n",
               "- instanceId: cri-a\n  # instanceId: cri-b\n  domains: a.example.com\n",
               "- instanceId: cri-a\n#  regionId: cn-beijing\n  domains: a.example.com\n",
               "- instanceId: cri-a\n  # - one - domains: below\n  domains: a.example.com\n",
               "- instanceId: cri-a\n  # - instanceId: cri-old had these hosts\n  domains: a.example.com\n",
               "# - see the wiki\n- # acme\n  instanceId: cri-a\n  domains: a.example.com\n");
  const auto parsed = parse_shown(list);
  CHECK(findings(parsed).empty());
  REQUIRE(parsed.settings.instances.size() == 1);
  CHECK(parsed.settings.instances[0].domains == std::vector<std::string>{"a.example.com"});
}

TEST_CASE("what is left of an item whose instanceId is a comment is no Personal Edition") {
  const auto* list =
      GENERATE("#- instanceId: cri-a\n  regionId: cn-beijing\n", "regionId: cn-beijing\n",
               "{\"regionId\": \"cn-beijing\"}", "- #instanceId: cri-a\n  regionId: cn-beijing\n",
               "-\n  # instanceId: cri-a\n  regionId: cn-beijing\n", "- regionId: cn-beijing\n  #instanceId: cri-a\n",
               "- regionId: cn-beijing\n  # instanceID: cri-a\n- instanceId: ''\n  regionId: cn-beijing\n",
               "- instanceId: # cri-a\n  regionId: cn-beijing\n", "- instanceId: #\"cri-a\"\n",
               "- instanceId:  # the one of the shop, cri-a\n", "- instanceId: # a0123\n");
  const auto parsed = parse_shown(list);
  CHECK(parsed.has_errors());
  CHECK(std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                    [](const Diagnostic& d) { return d.code == "missing-id"; }));
  for (const auto& instance : parsed.settings.instances) CHECK(instance.region_id != "cn-hangzhou");
}

TEST_CASE("an item that is a comment as a whole, and words about an empty id, change nothing") {
  CHECK(findings(parse_list("- regionId: cn-beijing\n#- regionId: cn-shanghai\n#  instanceId: cri-a\n")) ==
        FindingList{"warning missing-id@1:3"});
  CHECK(findings(parse_list("- instanceId: # Personal Edition, no id\n")) == FindingList{"warning null-value@1:14"});
  CHECK(findings(parse_list("#- instanceId: \"\"\n#  regionId: cn-beijing\n")).empty());
}

}  // namespace
}  // namespace acr::config
