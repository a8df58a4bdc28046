// SPDX-License-Identifier: Apache-2.0
// Keys that stand in binaryData, where nothing is read.
#include <catch2/catch.hpp>

#include "parsing.hpp"

namespace acr::config {
namespace {

const ParseContext kEdit{.default_region = {}, .configuration_in_force = true};

}  // namespace

TEST_CASE("a key of ours in binaryData is an error that says how it got there, and is read as nothing else") {
  const auto hidden = parse_settings({}, {"acr-registry-info"}, {});
  REQUIRE(hidden.diagnostics.size() == 1);
  CHECK(hidden.diagnostics[0].code == "binary-data");
  CHECK(hidden.diagnostics[0].key == "acr-registry-info");
  CHECK(hidden.diagnostics[0].severity == Severity::Error);
  CHECK(hidden.diagnostics[0].hint.find("UTF-8") != std::string::npos);
  CHECK(hidden.list_unreadable);
  CHECK(hidden.settings.instances.empty());
  CHECK(parse_settings({}, {"AcrInstanceInfo"}, {}).settings.instances.empty());
  const auto beside = parse_settings({{"acr-registry-info", "- instanceId: cri-a"}}, {"acrInstanceInfo"}, {});
  CHECK(beside.has_errors());
  CHECK(beside.settings.instances.size() == 1);
}

TEST_CASE("a foreign key in binaryData is ignored as it is in data") {
  const auto parsed = parse_settings({{"acr-registry-info", "- instanceId: cri-a"}}, {"logo.png"}, {});
  CHECK(findings(parsed) == FindingList{"warning unknown-key@1:1"});
  CHECK(parsed.diagnostics[0].key == "logo.png");
  CHECK(parsed.settings.instances.size() == 1);
  CHECK_FALSE(parse_settings({}, {"logo.png"}, kEdit).has_errors());
  CHECK(parse_settings({}, {"watch-namespaces"}, kEdit).has_errors());
  CHECK(findings(parse_settings({}, {"watch-namespaces", "watch-namespace"}, kEdit)) ==
        FindingList{"error binary-data@1:1", "warning unknown-key@1:1"});
}

TEST_CASE("a scope that stands in binaryData covers nothing, since it may have named less than the default") {
  for (const auto* key : {"watch-namespace", "exclude-namespaces", "namespace-selector", "watchNamespace"}) {
    INFO(key);
    const auto parsed = parse_settings({{"acr-registry-info", "- instanceId: cri-a"}}, {key}, {});
    CHECK(parsed.has_errors());
    CHECK(parsed.settings.watch_namespaces == NamePatterns{});
    CHECK(parsed.settings.instances.size() == 1);
  }
  const auto accounts = parse_settings({}, {"service-account"}, {});
  CHECK(accounts.settings.service_accounts == NamePatterns{});
  CHECK(accounts.settings.watch_namespaces == NamePatterns{.all = false, .patterns = {"default"}});
}

}  // namespace acr::config
