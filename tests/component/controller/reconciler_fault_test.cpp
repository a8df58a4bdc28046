// SPDX-License-Identifier: Apache-2.0
// One namespace that cannot be served delays nobody; what stands in the way is dealt with as the rules say.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/component/controller/reconciler_world.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;
using Answer = std::optional<Result<http::Response>>;

bool is(const http::Request& request, const std::string& method, const std::string& part) {
  return request.method == method && request.target.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("C-09: a quota that is full hides a Secret that is there: it is read and then updated") {
  ReconcilerWorld world;
  world.add_namespace("web");
  world.add_namespace("other");
  world.lead("");
  bool appeared = false;
  world.before = [&](const http::Request& request) -> Answer {
    if (!is(request, "POST", "/namespaces/web/secrets")) return std::nullopt;
    if (!std::exchange(appeared, true)) world.add_secret("web", "older");  // by another leader, not yet in our watch
    world.server.end_streams();
    return fakes::status_response(403, "Forbidden",
                                  "secrets is forbidden: exceeded quota: full, requested: count/secrets=1");
  };
  world.publish("first");
  world.pass(2s);
  CHECK(world.password("web") == "first");
  CHECK(world.writes("POST /api/v1/namespaces/web/secrets").size() == 1);
  CHECK(world.password("other") == "first");
}

TEST_CASE("a Secret that appears between look and create is read and then updated") {
  ReconcilerWorld world;
  world.add_namespace("web");
  world.lead("");
  bool appeared = false;
  world.before = [&](const http::Request& request) -> Answer {
    if (is(request, "POST", "/namespaces/web/secrets") && !std::exchange(appeared, true)) {
      world.server.end_streams();
      world.add_secret("web", "older");
    }
    return std::nullopt;
  };
  world.publish("first");
  world.pass(2s);
  CHECK(world.password("web") == "first");
  CHECK(world.writes("POST").size() == 1);
  CHECK(world.writes("PATCH").size() == 1);
}

TEST_CASE(
    "WR-7: whatever refuses one namespace's writes is asked ever more rarely, and all others are served at once") {
  ReconcilerWorld world;
  world.add_namespace("bad");
  for (int i = 0; i < 50; ++i) world.add_account("bad", fmt::format("a-{:02}", i));
  for (int n = 0; n < 20; ++n) {
    world.add_namespace(fmt::format("good-{:02}", n));
    world.add_account(fmt::format("good-{:02}", n), "default");
  }
  const auto refusal = GENERATE(as<std::string>{}, "webhook", "quota", "not allowed", "invalid");
  world.before = [&](const http::Request& request) -> Answer {
    if (request.method == "GET" || request.target.find("/namespaces/bad/") == std::string::npos ||
        request.target.find("/events") != std::string::npos)
      return std::nullopt;
    if (refusal == "webhook")
      return fakes::status_response(400, "BadRequest",
                                    "admission webhook \"theirs.example.com\" denied the request: no");
    if (refusal == "quota") return fakes::status_response(403, "Forbidden", "exceeded quota: full");
    if (refusal == "not allowed") return fakes::status_response(403, "Forbidden", "User cannot patch resource");
    return fakes::status_response(422, "Invalid", "is invalid");
  };
  world.lead();
  world.pass(3s);
  INFO(refusal);
  for (int n = 0; n < 20; ++n) {
    const auto name = fmt::format("good-{:02}", n);
    REQUIRE(world.entries(name, "default") == std::vector<std::string>{kPullSecret});
    REQUIRE(world.password(name) == "first");
  }
  world.pass(1h - 3s);
  const auto tries = world.writes("/bad/serviceaccounts/a-07").size();
  CHECK(tries >= 12 + 6);  // growing from 50 ms to 5 minutes, then every 2.5 to 7.5 minutes
  CHECK(tries <= 16 + 24);
  // Whoever is new is served as if nothing were wrong, and what is right again is tried within the longest pause.
  world.add_namespace("late");
  world.add_account("late", "default");
  world.pass(100ms);
  CHECK(world.entries("late", "default") == std::vector<std::string>{kPullSecret});
  world.before = {};
  world.pass(8min);
  CHECK(world.entries("bad", "a-07") == std::vector<std::string>{kPullSecret});
  CHECK(world.password("bad") == "first");
}

TEST_CASE("LW-18, C-17: a Namespace that is being deleted is dropped and not asked again") {
  ReconcilerWorld world;
  world.add_namespace("dying");
  world.add_namespace("stuck", R"("deletionTimestamp":"2026-01-01T00:00:00Z")");
  world.add_account("stuck", "default");
  world.before = [](const http::Request& request) -> Answer {
    if (!is(request, "POST", "/namespaces/dying/secrets")) return std::nullopt;
    return fakes::status_response(403, "Forbidden", "because it is being terminated", "NamespaceTerminating");
  };
  world.lead();
  world.pass(1h);
  CHECK(world.writes().size() == 1);
  world.publish("second");
  world.pass(1h);
  CHECK(world.writes().size() == 2);
}

TEST_CASE(
    "WR-9: an immutable Secret of ours is replaced, but only once its content is to change; a foreign one is left") {
  ReconcilerWorld world;
  for (const auto* name : {"ours", "theirs"}) {
    world.add_namespace(name);
    world.add_secret(name, "old", std::string(name) == "ours", R"("immutable":true)");
  }
  world.add_namespace("plain");
  world.add_secret("plain", "old");
  const auto uid = world.member("ours", "uid");
  const auto plain = world.member("plain", "uid");
  world.lead("first");
  world.pass(10s);
  CHECK(world.password("ours") == "first");
  CHECK(world.member("ours", "uid") != uid);
  CHECK(world.password("plain") == "first");
  CHECK(world.member("plain", "uid") == plain);
  CHECK(world.password("theirs") == "old");
  CHECK(world.writes("/theirs/").empty());
  REQUIRE(world.events("AdoptionConflict").size() == 1);
  CHECK_THAT(world.events("AdoptionConflict").front(), Catch::Contains("theirs/") && Catch::Contains("immutable"));
  const auto count = world.writes().size();
  world.pass(1h);
  CHECK(world.writes().size() == count);
}

TEST_CASE("a Secret of ours with a wrong type is replaced; what is content of others stays for them to remove") {
  ReconcilerWorld world;
  world.add_namespace("ours");
  world.server.put(kSecretPath,
                   R"({"metadata":{"namespace":"ours","name":"acr-credential-secret-aggregation",)"
                   R"("labels":{"app.kubernetes.io/managed-by":"acr-credential-helper"}},"type":"Opaque"})");
  world.add_namespace("theirs");
  world.server.put(kSecretPath,
                   R"({"metadata":{"namespace":"theirs","name":"acr-credential-secret-aggregation"},"type":"Opaque"})");
  world.lead();
  world.pass(10s);
  CHECK(world.password("ours") == "first");
  CHECK(world.writes("/theirs/").empty());
  world.server.erase(kSecretPath, "theirs", kPullSecret);
  world.pass(1s);
  CHECK(world.password("theirs") == "first");
}

TEST_CASE("C-05: what a restore brings back is put right, repeats of our entry become one, and others keep theirs") {
  ReconcilerWorld world;
  world.add_namespace("shop");
  world.add_account("shop", "default");
  world.lead();
  world.pass(10s);
  world.add_secret("shop", "last-month");
  world.add_account("shop", "default", {kPullSecret, "theirs", kPullSecret, "gone-dockercfg-abc"});
  world.pass(2s);
  CHECK(world.password("shop") == "first");
  CHECK(world.entries("shop", "default") == std::vector<std::string>{kPullSecret, "theirs", "gone-dockercfg-abc"});
}

TEST_CASE("a ServiceAccount that is made anew under the same name is bound at once, however often") {
  ReconcilerWorld world;
  world.add_namespace("shop");
  world.lead();
  for (int i = 0; i < 20; ++i) {
    world.add_account("shop", "web");
    world.pass(100ms);
    REQUIRE(world.entries("shop", "web") == std::vector<std::string>{kPullSecret});
    world.server.erase(kAccountPath, "shop", "web");
    world.pass(100ms);
  }
  CHECK(world.events("BindingStripped").empty());
}

TEST_CASE("bindings from before a start that lie outside the scope are taken back, and then their Secret") {
  ReconcilerWorld world({{"watch-namespace", "shop"}, {"service-account", "web"}});
  for (const auto* name : {"shop", "old"}) {
    world.add_namespace(name);
    world.add_secret(name, "old");
    world.add_account(name, "web", {"theirs", kPullSecret});
    world.add_account(name, "db", {kPullSecret, "theirs"});
  }
  world.lead();
  world.pass(10s);
  CHECK(world.entries("shop", "web") == std::vector<std::string>{"theirs", kPullSecret});
  for (const auto& [name, account] : {std::pair{"shop", "db"}, {"old", "web"}, {"old", "db"}})
    CHECK(world.entries(name, account) == std::vector<std::string>{"theirs"});
  CHECK(world.password("shop") == "first");
  CHECK(world.password("old").empty());
}

}  // namespace acr::controller
