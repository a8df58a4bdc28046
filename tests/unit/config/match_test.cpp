// SPDX-License-Identifier: Apache-2.0
// Which namespaces and accounts a configuration covers.
#include "common/config/match.hpp"

#include <catch2/catch.hpp>

namespace acr::config {
namespace {

const std::map<std::string, std::string> kLabels{{"team", "web"}};

NamespaceView view(std::string_view name, bool excluded = false, bool terminating = false) {
  return {.name = name, .labels = kLabels, .excluded = excluded, .terminating = terminating};
}

Settings watching(std::vector<std::string> patterns) {
  Settings settings;
  settings.watch_namespaces = {.all = false, .patterns = std::move(patterns)};
  return settings;
}

Settings watching_all() {
  Settings settings;
  settings.watch_namespaces = {.all = true, .patterns = {}};
  return settings;
}

TEST_CASE("the default covers the account default of the namespace default") {
  const Settings settings;
  CHECK(covers_namespace(settings, view("default")));
  CHECK_FALSE(covers_namespace(settings, view("default-2")));
  CHECK(covers_service_account_name(settings, "default"));
  CHECK_FALSE(covers_service_account_name(settings, "builder"));
}

TEST_CASE("names and globs") {
  const auto settings = watching({"web", "team-*", "a?"});
  CHECK(covers_namespace(settings, view("web")));
  CHECK(covers_namespace(settings, view("team-a")));
  CHECK(covers_namespace(settings, view("a1")));
  CHECK_FALSE(covers_namespace(settings, view("team")));
  CHECK_FALSE(covers_namespace(settings, view("a12")));
  CHECK_FALSE(covers_namespace(watching({}), view("web")));
}

TEST_CASE("opt-out, deletion and exclusion win over being watched") {
  auto settings = watching_all();
  CHECK(covers_namespace(settings, view("web")));
  CHECK_FALSE(covers_namespace(settings, view("web", true)));
  CHECK_FALSE(covers_namespace(settings, view("web", false, true)));
  settings.exclude_namespaces = {"w*"};
  CHECK_FALSE(covers_namespace(settings, view("web")));
  CHECK(covers_namespace(settings, view("api")));
}

TEST_CASE("a namespace selector narrows") {
  auto settings = watching_all();
  settings.namespace_selector = parse_label_selector("team=web").value();
  CHECK(covers_namespace(settings, view("any")));
  settings.namespace_selector = parse_label_selector("team!=web").value();
  CHECK_FALSE(covers_namespace(settings, view("any")));
}

TEST_CASE("all includes kube-system in the background, never in the webhook (ADM-12)") {
  const auto settings = watching_all();
  for (const auto* name : {"kube-system", "kube-public", "kube-node-lease", "helper"}) {
    CHECK(covers_namespace(settings, view(name)));
    CHECK_FALSE(webhook_covers_namespace(settings, view(name), "helper"));
  }
  CHECK(webhook_covers_namespace(settings, view("web"), "helper"));
  CHECK_FALSE(webhook_covers_namespace(settings, view("web", true), "helper"));
}

}  // namespace
}  // namespace acr::config
