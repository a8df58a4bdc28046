// SPDX-License-Identifier: Apache-2.0
// Every configuration of tests/fixtures/config/cases.yaml means what stands beside it there.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "common/base/text.hpp"
#include "common/config/parse.hpp"

namespace acr::config {
namespace {

constexpr const char* kRegion = "cn-hangzhou";

std::map<std::string, std::string> read_map(const YAML::Node& node) {
  return node.as<std::map<std::string, std::string>>();
}

std::string show(const NamePatterns& patterns) {
  return patterns.all ? "*" : fmt::format("[{}]", fmt::join(patterns.patterns, ","));
}

std::string show_names(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  return fmt::format("[{}]", fmt::join(node.as<std::vector<std::string>>(), ","));
}

std::string show(const RegistryInstance& instance) {
  return fmt::format("{}@{} [{}] key={} assume={} rrsa={} provider={} implicit={}", instance.instance_id,
                     instance.region_id, fmt::join(instance.domains, ","), instance.custom_access_key ? "***/***" : "",
                     instance.assume_role_arn, instance.rrsa_role_arn, instance.rrsa_oidc_provider_arn,
                     instance.implicit);
}

std::string show_instance(const YAML::Node& node) {
  const auto text = [&node](const char* field) { return node[field].as<std::string>(""); };
  const auto region = text("regionId") == "$CLUSTER_REGION" ? kRegion : text("regionId");
  const auto key = node["customAccessKey"] ? text("customAccessKey") + "/" + text("customAccessKeySecret") : "";
  return fmt::format("{}@{} [{}] key={} assume={} rrsa={} provider={} implicit={}", text("instanceId"), region,
                     fmt::join(node["domains"].as<std::vector<std::string>>(), ","), key, text("assumeRoleARN"),
                     text("rrsaRoleARN"), text("rrsaOIDCProviderRoleARN"), node["implicit"].as<bool>(false));
}

void check_settings(const Settings& settings, const YAML::Node& wanted) {
  CHECK(show(settings.service_accounts) == show_names(wanted["service_accounts"]));
  CHECK(show(settings.watch_namespaces) == show_names(wanted["namespaces"]));
  CHECK(settings.expiring_threshold.count() == wanted["expiring_threshold_seconds"].as<long>());
  CHECK(settings.rrsa_enabled == wanted["rrsa_enabled"].as<bool>());
  CHECK(settings.webhook.enable == wanted["webhook"]["enable"].as<bool>());
  CHECK(to_string(settings.webhook.failure_policy) == wanted["webhook"]["failure-policy"].as<std::string>());
  CHECK(settings.webhook.timeout_seconds == wanted["webhook"]["timeout-seconds"].as<int>());
  REQUIRE(settings.instances.size() == wanted["instances"].size());
  for (std::size_t i = 0; i < settings.instances.size(); ++i) {
    CHECK(show(settings.instances[i]) == show_instance(wanted["instances"][i]));
    if (const auto duration = wanted["instances"][i]["expireDuration"]) {
      CHECK(settings.instances[i].expire_duration.count() == duration.as<long>());
    }
  }
}

/// The text from a place on, as the author of the value sees it.
std::string text_at(std::string value, int line, int column) {
  std::erase(value, '\r');
  if (value.starts_with("\xEF\xBB\xBF")) value.erase(0, 3);
  std::size_t at = 0;
  for (int i = 1; i < line; ++i) at = value.find('\n', at) + 1;
  for (int i = 1; i < column; ++i) {
    do ++at;
    while (at < value.size() && (static_cast<unsigned char>(value[at]) & 0xC0U) == 0x80U);
  }
  return value.substr(std::min(at, value.size()));
}

bool fits(const Diagnostic& found, const YAML::Node& wanted, const std::map<std::string, std::string>& data) {
  const auto value = data.find(found.key);
  const auto text = value == data.end() ? std::string() : text_at(value->second, found.line, found.column);
  return to_string(found.severity) == wanted["severity"].as<std::string>() &&
         found.code == wanted["code"].as<std::string>() && found.key == wanted["key"].as<std::string>() &&
         (!wanted["line"] || found.line == wanted["line"].as<int>()) &&
         (!wanted["column"] || found.column == wanted["column"].as<int>()) &&
         (!wanted["at"] || text.starts_with(wanted["at"].as<std::string>())) &&
         (!wanted["hint"] || found.hint == wanted["hint"].as<std::string>());
}

std::string show_all(const std::vector<Diagnostic>& diagnostics) {
  std::string lines;
  for (const auto& d : diagnostics)
    lines += fmt::format("{} {}: {}\n", to_string(d.severity), d.code, format_diagnostic(d));
  return lines;
}

TEST_CASE("configurations as people write them") {
  const auto cases = YAML::LoadFile(ACR_FIXTURES "/config/cases.yaml")["cases"];
  REQUIRE(cases.size() == 34);
  for (const auto& node : cases) {
    DYNAMIC_SECTION(node["id"].as<std::string>() << " " << node["title"].as<std::string>()) {
      const auto data = read_map(node["data"]);
      const bool in_force = node["in_force"].as<bool>();
      const auto parsed = parse_settings(data, {}, {.default_region = kRegion, .configuration_in_force = in_force});
      INFO(show_all(parsed.diagnostics));

      CHECK(parsed.has_errors() == (node["result"].as<std::string>() == "reject"));
      for (const auto& wanted : node["diagnostics"]) {
        INFO("wanted: " << wanted);
        CHECK((wanted["severity"].as<std::string>() == "info" ||
               std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(),
                           [&](const Diagnostic& found) { return fits(found, wanted, data); })));
      }
      const auto errors = format_diagnostics(parsed.diagnostics, Severity::Error).size();
      const auto wanted_errors =
          std::count_if(node["diagnostics"].begin(), node["diagnostics"].end(),
                        [](const auto& d) { return d["severity"].template as<std::string>() == "error"; });
      CHECK(errors == static_cast<std::size_t>(wanted_errors));
      if (node["config"]) check_settings(parsed.settings, node["config"]);
    }
  }
}

}  // namespace
}  // namespace acr::config
