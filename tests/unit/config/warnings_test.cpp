// SPDX-License-Identifier: Apache-2.0
// What is accepted although it may hurt: the admin is told.
#include <catch2/catch.hpp>

#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

TEST_CASE("what may hurt a cluster is said, though it is accepted") {
  struct Row {
    Data data;
    std::string finding;
  };
  const auto two = [](const char* a, const char* b) {
    return Data{{"acr-registry-info", fmt::format("- instanceId: cri-a\n{}- instanceId: {}", a, b)}};
  };
  const auto webhook = [](const char* fields) { return Data{{"webhook-configuration", fields}}; };
  const auto role = "  assumeRoleARN: acs:ram::1:role/x\n  expireDuration: ";
  const std::vector<Row> rows{
      {two("  domains: a.com,b.com\n", "cri-b\n  domains: c.com, b.com"), "warning domain-conflict@4:19"},
      {two("", "cri-a\n  assumeRoleARN: acs:ram::1:role/x"), "warning domain-conflict@2:3"},
      {two("  domains: a.com\n", "cri-a\n  assumeRoleARN: acs:ram::1:role/x"), "warning domain-conflict@3:3"},
      {two("  domains: a.com\n", "cri-a\n  domains: b.com\n  assumeRoleARN: acs:ram::1:role/x"), ""},
      {{{"expiring-threshold", "30m"}}, ""},
      {{{"expiring-threshold", "31m"}}, "warning value-out-of-range@1:1"},
      {{{"expiring-threshold", "60m"}}, "warning value-out-of-range@1:1"},
      {{{"expiring-threshold", "1h"}}, "warning value-out-of-range@1:1"},
      {{{"expiring-threshold", "1440m"}}, "warning value-out-of-range@1:1"},
      {{{"acr-registry-info", fmt::format("- instanceId: cri-a\n{}900", role)}}, "warning value-out-of-range@3:19"},
      {{{"acr-registry-info", fmt::format("- instanceId: cri-a\n{}1799", role)}}, "warning value-out-of-range@3:19"},
      {{{"acr-registry-info", fmt::format("- instanceId: cri-a\n{}1800", role)}}, ""},
      {{{"acr-registry-info", fmt::format("- instanceId: cri-a\n{}1800", role)}, {"expiring-threshold", "30m"}},
       "warning value-out-of-range@3:19"},
      {{{"watch-namespace", "all"}}, "warning watch-all@1:1"},
      {{{"watch-namespace", "web, *"}}, "warning watch-all@1:1"},
      {{{"exclude-namespaces", "web,*"}}, "warning excludes-all@1:5"},
      {webhook("enable: true\nfailure-policy: Fail\n"), "warning failure-policy-fail@2:17"},
      {webhook("enable: false\nfailure-policy: Fail\n"), ""},
      {webhook("timeout-seconds: 0"), "warning value-out-of-range@1:18"},
      {webhook("timeout-seconds: 1"), ""},
      {webhook("timeout-seconds: 30"), ""},
      {webhook("timeout-seconds: 31"), "warning value-out-of-range@1:18"},
      {webhook("timeout-seconds: 10s"), "warning duration-unit@1:18"},
      {webhook("timeout-seconds: -1"), "error invalid-value@1:18"},
      {webhook("timeout-seconds: 99999999999999999999"), "error invalid-value@1:18"},
      {{{"acr-registry-info", "- instanceId: \"\"\n  customAccessKey: K\n  customAccessKeySecret: S\n"}},
       "warning plaintext-access-key@2:3"},
      {{{"acr-registry", "registry.cn-hangzhou.aliyuncs.com"}}, "warning legacy-key@1:1"},
      {{{"notify-email", "a@example.com"}, {"acr-api-version", "v1"}, {"rrsa", "enable: false"}}, ""},
  };
  for (const auto& row : rows) {
    const auto parsed = parse(row.data);
    INFO(row.data.begin()->second);
    CHECK(findings(parsed) == (row.finding.empty() ? FindingList{} : FindingList{row.finding}));
  }
  CHECK(parse(webhook("timeout-seconds: 0")).settings.webhook.timeout_seconds == 1);
}

TEST_CASE("hosts of 2019 narrow nothing") {
  const auto parsed = parse({{"acr-registry", "registry.cn-hangzhou.aliyuncs.com"}});
  CHECK(parsed.settings == parse({}).settings);
  const auto shipped = parse({{"acr-registry",
                               "registry.*.aliyuncs.com,registry-vpc.*.aliyuncs.com,xxx-registry.*.cr.aliyuncs.com,"
                               "xxx-registry-vpc.*.cr.aliyuncs.com"}});
  REQUIRE(shipped.diagnostics.size() == 1);
  CHECK(shipped.diagnostics[0].severity == Severity::Info);
}

}  // namespace
}  // namespace acr::config
