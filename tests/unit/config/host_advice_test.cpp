// SPDX-License-Identifier: Apache-2.0
// Hosts and ids that are accepted, or put right, but that hardly were meant as written.
#include "common/config/host_advice.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

TEST_CASE("a host that the login of the item will not open is warned about") {
  struct Row {
    const char* host;
    const char* region;
    bool is_enterprise;
    const char* code;  ///< empty: nothing to say
  };
  const auto row = GENERATE(values<Row>({
      {"acme-registry.cn-hangzhou.cr.aliyuncs.com", "cn-shanghai", true, "other-region"},
      {"acme-registry.cn-shanghai.cr.aliyuncs.com", "cn-shanghai", true, ""},
      {"acme-registry.cn-shanghai.cr.aliyuncs.com", "", true, ""},
      {"*-registry-vpc.cn-hangzhou.cr.aliyuncs.com", "cn-shanghai", true, "other-region"},
      {"*.*.cr.aliyuncs.com", "cn-shanghai", true, ""},
      {"acme-registry.cn-shanghai.cr.aliyuncs.com", "cn-shanghai", false, "other-edition"},
      {"registry.cn-shanghai.aliyuncs.com", "cn-shanghai", true, "other-edition"},
      {"registry-vpc.cn-hangzhou.aliyuncs.com", "cn-shanghai", false, "other-region"},
      {"registry-internal.cn-shanghai.aliyuncs.com", "cn-shanghai", false, ""},
      {"registry.*.aliyuncs.com", "cn-shanghai", false, ""},
      {"*.cr.aliyuncs.com", "cn-shanghai", true, "unusual-domain"},
      {"*.aliyuncs.com", "cn-shanghai", false, "unusual-domain"},
      {"docker.io", "cn-shanghai", true, "foreign-host"},
      {"quay.io:443", "cn-shanghai", false, "foreign-host"},
      {"dockerauth.cn-hangzhou.aliyuncs.com", "cn-hangzhou", false, "foreign-host"},
      {"registry.example.com", "cn-shanghai", true, ""},
      {"crpi-abc.cn-hangzhou.personal.cr.aliyuncs.com", "cn-hangzhou", false, ""},
  }));
  INFO(row.host);
  const auto advice = judge_host(row.host, row.region, row.is_enterprise);
  CHECK((advice ? advice->code : "") == row.code);
}

TEST_CASE("advice about a host stands at the host") {
  const auto parsed = parse_list(
      "- instanceId: cri-a\n  regionId: cn-shanghai\n  domains: "
      "a.example.com,acme-registry.cn-hangzhou.cr.aliyuncs.com\n");
  CHECK(findings(parsed) == FindingList{"warning other-region@3:26"});
  CHECK(parsed.settings.instances.at(0).domains.size() == 2);
}

TEST_CASE("an id in upper case is lower case, and one to fill in is none") {
  const auto parsed = parse_list("- instanceId: CRI-7K2M\n");
  CHECK(findings(parsed) == FindingList{"warning case-normalised@1:15"});
  CHECK(parsed.settings.instances.at(0).instance_id == "cri-7k2m");
  for (const auto* id : {"cri-instanceId", "your-instance-id", "cri-XXXX", "instanceId"}) {
    INFO(id);
    CHECK(findings(parse_list(fmt::format("- instanceId: {}\n", id))) == FindingList{"error placeholder@1:15"});
  }
}

TEST_CASE("several ids are read from a list too, but no Personal Edition among them") {
  const auto one_by_one = parse_list("- instanceId: cri-a\n- instanceId: cri-b\n").settings;
  CHECK(parse_list("- instanceId: [cri-a, cri-b]\n").settings == one_by_one);
  CHECK(parse_list("- instanceId:\n  - cri-a\n  - cri-b\n  domains: \"\"\n").settings == one_by_one);
  CHECK(parse_list("- instanceId: \"cri-a,cri-b\"\n  domains: \"\"\n").settings == one_by_one);
  CHECK(parse_list("- instanceId: \"cri-a,cri-b\"\n  domains: a.example.com\n").has_errors());
  for (const auto* ids : {"cri-a,\"\"", "[cri-a, '\"\"']", "[]", "[{a: b}]", "[[cri-a]]"}) {
    INFO(ids);
    const auto parsed = parse_list(fmt::format("- instanceId: {}\n", ids));
    CHECK(parsed.has_errors());
    CHECK(parsed.settings.instances.empty());
  }
}

TEST_CASE("how long a session lasts matters only to a role") {
  CHECK(findings(parse_list("- instanceId: cri-a\n  expireDuration: 60\n")) ==
        FindingList{"warning no-effect@2:3", "warning value-out-of-range@2:19"});
  CHECK(findings(parse_list("- instanceId: cri-a\n  expireDuration: 3600\n")).empty());
}

TEST_CASE("a threshold is judged by the life that logins have") {
  const auto judge = [](const char* items) {
    return findings(parse({{"acr-registry-info", items}, {"expiring-threshold", "60m"}}));
  };
  const std::string role = "- instanceId: cri-a\n  assumeRoleARN: acs:ram::1:role/x\n  expireDuration: 43200\n";
  CHECK(judge(role.c_str()).empty());
  CHECK(judge((role + "- instanceId: cri-b\n").c_str()) == FindingList{"warning value-out-of-range@1:1"});
  CHECK(judge("- instanceId: cri-a\n  assumeRoleARN: acs:ram::1:role/x\n  expireDuration: 5400\n") ==
        FindingList{"warning value-out-of-range@1:1"});
}

}  // namespace
}  // namespace acr::config
