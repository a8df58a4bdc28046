// SPDX-License-Identifier: Apache-2.0
// acr-configuration written by anybody. The first byte picks the key and whether it is an edit; the rest is the value.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "common/base/json.hpp"
#include "common/config/admission_scope.hpp"
#include "common/config/parse.hpp"

namespace {

using namespace acr::config;

constexpr std::array<const char*, 20> kKeys{
    "acr-registry-info",     "service-account",    "watch-namespace",    "expiring-threshold", "rrsa",
    "webhook-configuration", "exclude-namespaces", "namespace-selector", "binding-mode",       "watch-namespaces",
    "notify-email",          "acr-api-version",    "acr-registry",       "AcrInstanceInfo",    "watchNamespace",
    "serviceAccount",        "expiringThreshold",  "enableRRSA",         "excludeNamespaces",  "exclude-namespace"};

void expect(bool condition) {
  if (!condition) std::abort();
}

/// A finding is one line without control characters, and its place lies in the value.
void check_finding(const Diagnostic& finding, const std::string& value) {
  const auto line = format_diagnostic(finding);
  expect(std::none_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
  const auto lines = 1 + std::count_if(value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r'; });
  expect(finding.line >= 1 && finding.line <= lines);
  expect(finding.column >= 1 && finding.column <= static_cast<int>(value.size()) + 1);
}

void check_settings(const ParsedSettings& parsed) {
  const auto& settings = parsed.settings;
  expect(settings.instances.empty() == parsed.list_unreadable);
  for (const auto& instance : settings.instances) {
    expect(instance.region_id == "r" || !instance.implicit);
    for (const auto& domain : instance.domains)
      expect(domain.find_first_of(" \t\n/,\"\\<>@") == std::string::npos && !domain.empty());
  }
  expect(settings.webhook.timeout_seconds >= 1 && settings.webhook.timeout_seconds <= 30);
  expect(settings.expiring_threshold.count() >= 60);
  const auto selectors = build_webhook_selectors(settings, "own", "secret", "controller");
  if (selectors.covers_nothing) return;
  expect(acr::parse_json(selectors.namespace_selector_json).has_value());
  expect(acr::parse_json(selectors.object_selector_json).has_value());
  expect(acr::parse_json(selectors.match_conditions_json).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool is_edit = (data[0] & 0x80) != 0;
  const std::string value(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::map<std::string, std::string> text{{kKeys[(data[0] & 0x7f) % kKeys.size()], value}};
  const ParseContext context{.default_region = "r", .configuration_in_force = is_edit};
  const auto parsed = parse_settings(text, {}, context);
  for (const auto& finding : parsed.diagnostics) {
    if (text.contains(finding.key)) check_finding(finding, value);
  }
  check_settings(parsed);
  const auto again = parse_settings(text, {}, context);
  expect(again.settings == parsed.settings && again.diagnostics == parsed.diagnostics);
  return 0;
}
