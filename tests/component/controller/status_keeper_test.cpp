// SPDX-License-Identifier: Apache-2.0
// The status ConfigMap follows what happens, and costs next to nothing.
#include <catch2/catch.hpp>

#include "tests/component/controller/reconciler_world.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;

constexpr const char* kStatus = "acr-credential-helper-status";
constexpr const char* kMine = "/api/v1/namespaces/kube-system/configmaps";

/// Writes of the status among all writes.
std::size_t status_writes(const ReconcilerWorld& world) {
  return world.writes(kMine).size();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

InstanceHealth logged_in() {
  InstanceHealth report;
  report.status.instance_key = "cri-acme@cn-hangzhou";
  report.status.expires = parse_rfc3339("2100-01-01T00:00:00Z").value();
  return report;
}

}  // namespace

TEST_CASE("the status is made by one write, and not written again while nothing changes") {
  ReconcilerWorld world;
  world.add_namespace("shop");
  world.add_account("shop", "web");
  world.lead();
  world.keep_status({logged_in()});
  world.pass(10s);
  CHECK(status_writes(world) == 1);
  CHECK(contains(world.status("summary"), "state: good\n"));
  CHECK(contains(world.status("summary"), "namespaces: 1 of 1 served\nserviceAccounts: 1 of 1 bound\n"));
  CHECK(contains(world.metrics(), "acr_serviceaccounts{state=\"bound\"} 1\n"));
  CHECK(contains(world.metrics(), "acr_namespaces{state=\"served\"} 1\n"));
  world.pass(50min);
  CHECK(status_writes(world) == 1);
  world.pass(1h);
  CHECK(status_writes(world) == 2);  // nobody renews here: the login in the pull Secret has ended
  CHECK(contains(world.status("namespaces"), "reason: its login ended at "));
}

TEST_CASE("changes without end are shown at most once a minute, the first after 2 s") {
  ReconcilerWorld world;
  world.lead();
  world.keep_status();
  world.pass(5min);
  const auto before = status_writes(world);
  world.add_namespace("first");
  world.pass(3s);
  CHECK(contains(world.status("namespaces"), "served: 1\n"));
  for (int i = 0; i < 600; ++i) {
    world.add_namespace("n" + std::to_string(i));
    world.pass(1s);
  }
  CHECK(status_writes(world) - before <= 18);
  CHECK(status_writes(world) - before >= 10);
  world.pass(2min);
  CHECK(contains(world.status("namespaces"), "served: 601\n"));
}

TEST_CASE("a namespace whose Secret cannot be written is named with the API server's words") {
  ReconcilerWorld world;
  world.add_namespace("shop");
  world.before = [](const http::Request& request) -> std::optional<Result<http::Response>> {
    if (request.method != "POST" || request.target.find("/shop/secrets") == std::string::npos) return std::nullopt;
    return http::Response{.status = 403, .headers = {}, .body = R"({"kind":"Status","message":"exceeded quota"})"};
  };
  world.lead();
  world.keep_status({logged_in()});
  world.pass(5s);
  INFO(world.status("namespaces"));
  CHECK(contains(world.status("namespaces"), "- name: shop\n"));
  CHECK(contains(world.status("namespaces"), "exceeded quota"));
  CHECK(contains(world.metrics(), "acr_namespaces{state=\"unserved\"} 1\n"));
  world.before = {};
  world.pass(10min);
  CHECK(contains(world.status("namespaces"), "covered: 1\nserved: 1\n"));
  CHECK_FALSE(contains(world.status("namespaces"), "quota"));
}

TEST_CASE("somebody else's writes, deletions and refusals do not stop it") {
  ReconcilerWorld world;
  world.lead();
  world.keep_status();
  world.pass(5s);
  const auto again = [&world](const char* name) {
    world.add_namespace(name);
    world.pass(3min);
  };
  SECTION("another version stands there: a conflict, then read anew") {
    world.server.put(kConfigMapPath, std::string(R"({"metadata":{"namespace":"kube-system","name":")") + kStatus +
                                         R"("},"data":{"summary":"nonsense","note":"mine"}})");
    again("one");
    CHECK(world.status("note") == "mine");
  }
  SECTION("deleted") {
    world.server.erase(kConfigMapPath, "kube-system", kStatus);
    again("one");
  }
  SECTION("refused for a while") {
    world.before = [](const http::Request& request) -> std::optional<Result<http::Response>> {
      if (request.target.find(kStatus) == std::string::npos) return std::nullopt;
      return http::Response{.status = 403, .headers = {}, .body = R"({"kind":"Status","message":"no"})"};
    };
    again("one");
    const auto before = status_writes(world);
    world.pass(10min);
    CHECK(status_writes(world) - before <= 11);
    world.before = {};
    world.pass(3min);
  }
  CHECK(contains(world.status("namespaces"), "served: 1\n"));
  const auto before = status_writes(world);
  world.pass(20min);
  CHECK(status_writes(world) == before);
}

TEST_CASE("a dry run writes no status") {
  auto options = ReconcilerWorld::default_options();
  options.dry_run = true;
  ReconcilerWorld world({}, options);
  world.lead();
  world.keep_status();
  world.pass(1min);
  CHECK(status_writes(world) == 0);
}

TEST_CASE("a rejected edit is shown beside the time at which the text in force was accepted") {
  ReconcilerWorld world;
  world.lead();
  world.keep_status();
  world.pass(5s);
  const auto accepted = world.status("configuration");
  CHECK(contains(accepted, "acceptedAt: 20"));
  world.configure({{"watch-namespace", "all"}, {"service-account", "*"}, {"expiring-threshold", "soon"}});
  world.pass(1min);
  const auto rejected = world.status("configuration");
  INFO(rejected);
  CHECK(contains(rejected, "rejectedBecause:\n- "));
  CHECK(contains(rejected, "expiring-threshold line 1"));
  const auto time_of = [](const std::string& text) { return text.substr(text.find("acceptedAt"), 32); };
  CHECK(time_of(rejected) == time_of(accepted));
}

}  // namespace acr::controller
