// SPDX-License-Identifier: Apache-2.0
// Which ServiceAccounts are followed, and how old bindings are found that nobody follows.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/component/controller/reconciler_world.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;
using Answer = std::optional<Result<http::Response>>;
using Entries = std::vector<std::string>;

const std::string kAll = "GET /api/v1/serviceaccounts?";

/// What was asked of ServiceAccounts, without what one name selects.
struct Asked {
  std::size_t watches = 0;
  std::size_t lists = 0;
  std::size_t of_one_name = 0;
};

Asked asked(const ReconcilerWorld& world) {
  Asked counted;
  for (const auto& line : world.server.asked) {
    if (!line.starts_with(kAll)) continue;
    const bool watches = line.find("watch=true") != std::string::npos;
    if (line.find("fieldSelector=metadata.name") != std::string::npos)
      ++counted.of_one_name;
    else
      ++(watches ? counted.watches : counted.lists);
  }
  return counted;
}

bool is_sweep(const http::Request& request) {
  return request.method == "GET" && request.target.starts_with("/api/v1/serviceaccounts?limit");
}

}  // namespace

TEST_CASE("few names are watched one by one, and all accounts are looked at once") {
  ReconcilerWorld world({{"service-account", "default,web"}});
  world.add_namespace("shop");
  for (const auto* name : {"default", "web", "other"}) world.add_account("shop", name);
  world.lead();
  world.pass(2s);
  world.add_account("shop", "late");
  world.add_namespace("new");
  world.add_account("new", "web");
  world.pass(2s);

  CHECK(world.entries("shop", "default") == Entries{kPullSecret});
  CHECK(world.entries("shop", "web") == Entries{kPullSecret});
  CHECK(world.entries("new", "web") == Entries{kPullSecret});
  CHECK(world.entries("shop", "other").empty());
  CHECK(asked(world).watches == 0);
  CHECK(asked(world).lists == 1);
  CHECK(asked(world).of_one_name == 2);
}

TEST_CASE("globs, every account and more than three names take one watch of all, and no look besides") {
  ReconcilerWorld world({{"service-account", GENERATE("*", "web-*", "a,b,c,d")}});
  world.lead();
  world.pass(2s);

  CHECK(asked(world).watches == 1);
  CHECK(asked(world).lists == 0);
  CHECK(asked(world).of_one_name == 0);
}

TEST_CASE("old bindings of names that are not followed are found at the start and taken back, foreign entries stay") {
  ReconcilerWorld world({{"service-account", "default"}});
  world.add_namespace("shop");
  world.add_account("shop", "web", {"theirs", kPullSecret});
  world.add_account("shop", "theirs", {"theirs"});
  world.lead();
  world.pass(2s);

  CHECK(world.entries("shop", "web") == Entries{"theirs"});
  CHECK(world.writes("/serviceaccounts/").size() == 1);
}

TEST_CASE("an old binding that somebody writes meanwhile is read anew, and one that vanished is left") {
  ReconcilerWorld world({{"service-account", "default"}});
  world.add_namespace("shop");
  world.add_account("shop", "web", {kPullSecret});
  world.add_account("shop", "gone", {kPullSecret});
  bool raced = false;
  world.before = [&](const http::Request& request) -> Answer {
    if (request.method != "PATCH" || std::exchange(raced, true)) return std::nullopt;
    world.add_account("shop", "web", {"theirs", kPullSecret});
    world.server.erase(kAccountPath, "shop", "gone");
    return std::nullopt;
  };
  world.lead();
  world.pass(10s);

  CHECK(world.entries("shop", "web") == Entries{"theirs"});
  CHECK(world.writes("/serviceaccounts/web").size() == 2);
  CHECK(world.writes("/serviceaccounts/gone").size() == 1);
}

TEST_CASE("LW-22: no pull Secret goes before all accounts have been looked at") {
  ReconcilerWorld world({{"service-account", "default"}, {"watch-namespace", "shop"}});
  world.add_namespace("old");
  world.add_secret("old", "first");
  world.add_account("old", "web", {kPullSecret});
  bool works = false;
  world.before = [&](const http::Request& request) -> Answer {
    if (works || !is_sweep(request)) return std::nullopt;
    return fakes::status_response(503, "ServiceUnavailable");
  };
  world.lead();
  world.pass(5min);
  CHECK(world.writes("DELETE").empty());
  CHECK(world.entries("old", "web") == Entries{kPullSecret});

  works = true;
  world.pass(3min);
  CHECK(world.entries("old", "web").empty());
  CHECK(world.member("old", "name").empty());
  const auto writes = world.writes("/old/");
  REQUIRE(writes.size() >= 2);  // what pods refer to is kept fresh meanwhile
  CHECK(writes[writes.size() - 2].what == "PATCH /api/v1/namespaces/old/serviceaccounts/web");
  CHECK(writes.back().what == "DELETE /api/v1/namespaces/old/secrets/acr-credential-secret-aggregation");
}

TEST_CASE("the names change while the controller works: each way everything ends as configured") {
  ReconcilerWorld world({{"service-account", "default"}});
  world.add_namespace("shop");
  for (const auto* name : {"default", "web", "job"}) world.add_account("shop", name);
  world.lead();
  world.pass(2s);
  const auto bound = [&world] {
    std::string names;
    for (const auto* name : {"default", "web", "job"}) {
      if (!world.entries("shop", name).empty()) names += std::string(names.empty() ? "" : ",") + name;
    }
    return names;
  };
  CHECK(bound() == "default");
  for (const auto& [names, expected] : std::vector<std::pair<std::string, std::string>>{{"default,web", "default,web"},
                                                                                        {"*", "default,web,job"},
                                                                                        {"job", "job"},
                                                                                        {"w*", "web"},
                                                                                        {"default", "default"}}) {
    CAPTURE(names);
    world.configure({{"watch-namespace", "all"}, {"service-account", names}});
    world.pass(2s);
    CHECK(bound() == expected);
  }
  // Whoever is new, or stripped, is still seen.
  world.add_account("shop", "default", {"theirs"});
  world.pass(2s);
  CHECK(world.entries("shop", "default") == Entries{"theirs", kPullSecret});
  CHECK(world.server.streams() == 8);  // none is left over from names before
}

TEST_CASE("ScopeShrinking counts bindings that nobody follows") {
  ReconcilerWorld world({{"service-account", "default"}});
  world.add_namespace("shop");
  for (int i = 0; i < 12; ++i) world.add_account("shop", fmt::format("web-{:02}", i), {kPullSecret});
  world.lead();
  world.pass(1min);
  CHECK(world.entries("shop", "web-00") == Entries{kPullSecret});
  REQUIRE(world.events("ScopeShrinking").size() == 1);
  CHECK(world.metrics().find("acr_scope_shrinking_serviceaccounts 12") != std::string::npos);

  world.pass(6min);
  CHECK(world.entries("shop", "web-00").empty());
}

TEST_CASE("the watch of a name that is not configured any more leaves no series behind") {
  ReconcilerWorld world({{"service-account", "web"}});
  const auto shows = [&world](const std::string& name) {
    return world.metrics().find("selector=\"metadata.name=" + name + "\"") != std::string::npos;
  };
  world.lead();
  world.pass(2s);
  CHECK(shows("web"));
  world.configure({{"watch-namespace", "all"}, {"service-account", "api"}});
  world.pass(10s);
  CHECK(shows("api"));
  CHECK_FALSE(shows("web"));
}

}  // namespace acr::controller
