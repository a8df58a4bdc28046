// SPDX-License-Identifier: Apache-2.0
// The keys that are written for configured domains, by the cases that the kubelet's own keyring is asked about
// (tests/testbed/tools/kube/keyring).
#include <catch2/catch.hpp>

#include "common/config/parse.hpp"
#include "common/pullsecret/docker_config.hpp"
#include "tests/fakes/fixture.hpp"
#include "tests/unit/pullsecret/logins.hpp"

namespace acr::pullsecret {
namespace {

TEST_CASE("configured domains become the keys that nodes find") {
  const auto fixture = fakes::read_json_fixture("pull/cases.json");
  int count = 0;
  for (const auto& entry : fixture["cases"].GetArray()) {
    const auto domains = string_at(entry, "domains");
    if (domains.empty()) continue;
    ++count;
    INFO(string_at(entry, "id") << " " << string_at(entry, "title"));
    const auto parsed = config::parse_settings(
        {{"acr-registry-info", "- instanceId: cri-a\n  domains: \"" + std::string(domains) + "\"\n"}}, {},
        {.default_region = "cn-hangzhou"});
    REQUIRE_FALSE(parsed.has_errors());
    REQUIRE(parsed.settings.instances.size() == 1);
    const auto config = build_docker_config({make_login("cri-a", parsed.settings.instances.front().domains)}, kNow);
    std::vector<std::string> keys;
    for (const auto& key : entry["keys"].GetArray()) keys.emplace_back(key.GetString());
    CHECK(config.hosts == keys);
    const bool is_warned = std::ranges::any_of(parsed.diagnostics, [](const auto& finding) {
      return finding.severity == config::Severity::Warning && finding.code == "domain-normalised";
    });
    CHECK(is_warned == bool_at(entry, "warning").value());
  }
  CHECK(count == 6);
}

}  // namespace
}  // namespace acr::pullsecret
