// SPDX-License-Identifier: Apache-2.0
// Items and fields in which something was left away: said what it means, or refused if it may mean two things.
#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

struct Row {
  const char* list;
  FindingList findings;
};

void check(const Row& row) {
  INFO(row.list);
  const auto parsed = parse_list(row.list);
  for (const auto& d : parsed.diagnostics) UNSCOPED_INFO(format_diagnostic(d));
  CHECK(findings(parsed) == row.findings);
  for (const auto& instance : parsed.settings.instances) CHECK_FALSE(instance.implicit);
}

TEST_CASE("an item without instanceId is Personal Edition, and says so") {
  check(GENERATE(values<Row>({
      {"- {}", {"warning missing-id@1:3"}},
      {"- regionId: cn-hangzhou\n", {"warning missing-id@1:3"}},
      {"regionId: cn-hangzhou\n", {"error missing-id@1:1"}},
      {"- instanceId: cri-a\n- {}\n", {"warning missing-id@2:3"}},
      {"- {}\n- domains: a.example.com\n",
       {"warning missing-id@1:3", "warning duplicate-instance@2:3", "warning missing-id@2:3"}},
      {"- instanceId: cri-a\n  regionId: cn-beijing\n- regionId: cn-hangzhou\n", {"warning missing-id@3:3"}},
      {"- instanceId: cri-a\n  regionId: cn-beijing\n- regionId: cn-hangzhou\n  domains: b.example.com\n",
       {"warning missing-id@3:3"}},
      {"- instanceId: |\n", {"warning null-value@1:15"}},
      {"- instanceId: |\n  regionId: cn-hangzhou\n", {"warning null-value@1:15"}},
      {"- instanceId: # cri-a\n  regionId: cn-hangzhou\n", {"error missing-id@1:14"}},
      {"- instanceId: ~\n", {"warning null-value@1:15"}},
      {"- instanceId: \"\"\n  regionId: cn-hangzhou\n", {}},
      {"- instanceId: ''\n", {}},
      {"- instanceId: \"\"\n- instanceId: cri-a\n", {}},
  })));
}

TEST_CASE("an item without instanceId that may be the rest of the one above is refused, and only that") {
  check(GENERATE(values<Row>({
      {"- instanceId: cri-a\n- domains: a.example.com\n", {"error missing-id@2:3"}},
      {"- instanceId: cri-a\n- regionId: cn-beijing\n", {"error missing-id@2:3"}},
      {"- instanceId: cri-a\n  regionId: cn-beijing\n- domains: a.example.com\n", {"error missing-id@3:3"}},
      {"- instanceId: cri-a\n- assumeRoleARN: acs:ram::1:role/x\n", {"error missing-id@2:3"}},
      {"[{instanceID: cri-a}, {Domains: a.example.com}]",
       {"warning field-spelling@1:3", "error missing-id@1:23", "warning field-spelling@1:24"}},
      {"- instanceId: \"\"\n- regionId: cn-beijing\n", {"error missing-id@2:3"}},
      {"- regionId: cn-beijing\n- domains: a.example.com\n", {"warning missing-id@1:3", "error missing-id@2:3"}},
      {"- instanceId: ','\n", {"error invalid-value@1:15"}},
  })));
  const auto parsed = parse_list("- instanceId: cri-a\n- domains: a.example.com\n- instanceId: cri-b\n");
  REQUIRE(parsed.settings.instances.size() == 2);
  CHECK(parsed.settings.instances[1].instance_id == "cri-b");
}

TEST_CASE("a field that names an identity is never taken for absent because it has no value") {
  const auto* field = GENERATE("customAccessKey", "customAccessKeySecret", "customAccessKeySecretRef", "assumeRoleARN",
                               "rrsaRoleARN", "rrsaOIDCProviderRoleARN");
  const auto* value = GENERATE("", "~", "null", "# mine", "|", ">-");
  INFO(field << ": " << value);
  const auto parsed = parse_list(fmt::format("- instanceId: cri-a\n  {}: {}\n- instanceId: cri-b\n", field, value));
  CHECK(findings(parsed) == FindingList{"error missing-value@2:3"});
  REQUIRE(parsed.settings.instances.size() == 1);
  CHECK(parsed.settings.instances[0].instance_id == "cri-b");
  CHECK(findings(parse_list(fmt::format("[{{\"instanceId\":\"cri-a\",\"{}\":null}}]", field))) ==
        FindingList{"error missing-value@1:25"});
}

TEST_CASE("a pair of which one half has no value is told once for each half") {
  check(GENERATE(values<Row>({
      {"- instanceId: cri-a\n  customAccessKey: K\n  customAccessKeySecret:\n", {"error missing-value@3:3"}},
      {"- instanceId: cri-a\n  customAccessKey:\n  customAccessKeySecret:\n",
       {"error missing-value@2:3", "error missing-value@3:3"}},
      {"- instanceId: cri-a\n  rrsaRoleARN: acs:ram::1:role/x\n  rrsaOIDCProviderRoleARN:\n",
       {"error missing-value@3:3"}},
      {"- instanceId: cri-a\n  customAccessKey: \"\"\n  customAccessKeySecret: \"\"\n  assumeRoleARN: ''\n", {}},
      {"- instanceId: cri-a\n  customAccessKey: K\n  customAccessKeySecret: \"\"\n",
       {"error incomplete-credentials@2:3"}},
  })));
}

TEST_CASE("the name of a Secret that stands beside its reference, not below it, is told") {
  const auto parsed = parse_list("- instanceId: cri-a\n  customAccessKeySecretRef:\n  name: keys\n");
  CHECK(findings(parsed) == FindingList{"error missing-value@2:3", "warning unknown-field@3:3"});
  CHECK(parsed.diagnostics.front().hint.find("indent it below") != std::string::npos);
  CHECK(parsed.settings.instances.empty());
  for (const auto* value : {"{}", "{name: }", "\"\"", "[keys]", "{name: {name: keys}}"}) {
    INFO(value);
    CHECK(parse_list(fmt::format("- instanceId: cri-a\n  customAccessKeySecretRef: {}\n", value)).has_errors());
  }
}

TEST_CASE("domains in which no host stands say that all are meant; the documented empty value needs no word") {
  check(GENERATE(values<Row>({
      {"- instanceId: cri-a\n  domains: \",\"\n", {"warning no-domains@2:12"}},
      {"- instanceId: cri-a\n  domains: ;\n", {"warning no-domains@2:12"}},
      {"- instanceId: cri-a\n  domains: ' ，, '\n", {"warning no-domains@2:12", "warning fullwidth-punctuation@2:14"}},
      {"- instanceId: cri-a\n  domains: #x\n", {"warning no-domains@2:11"}},
      {"- instanceId: cri-a\n  domains:\n", {"warning no-domains@2:11"}},
      {"- instanceId: cri-a\n  domains: null\n", {"warning no-domains@2:12"}},
      {"- instanceId: cri-a\n  domains: |\n  regionId: cn-beijing\n", {"warning no-domains@2:12"}},
      {"- instanceId: cri-a\n  domains: []\n", {"warning list-instead-of-string@2:12", "warning no-domains@2:12"}},
      {"- instanceId: cri-a\n  domains: [',']\n", {"warning list-instead-of-string@2:12", "warning no-domains@2:12"}},
      {"- instanceId: cri-a\n  domains: \"\"\n", {}},
      {"- instanceId: cri-a\n  domains: ' '\n", {}},
      {"- instanceId: cri-a\n  domains: [1.2.3.4, {}]\n",
       {"warning list-instead-of-string@2:12", "error not-a-scalar@2:22"}},
  })));
}

TEST_CASE("a region that was left empty is that of the cluster, and says so") {
  check({"- instanceId: cri-a\n  regionId:\n", {"warning null-value@2:12"}});
  check({"- instanceId: cri-a\n  regionId: \"\"\n", {}});
}

}  // namespace
}  // namespace acr::config
