// SPDX-License-Identifier: Apache-2.0
// Other clients that undo our writes, in their full length; another name for the Secret; a dry run.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/component/controller/reconciler_world.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;
using List = std::vector<std::string>;

const std::string kByGitops =
    R"("managedFields":[{"manager":"gitops-engine","time":"2026-01-01T00:00:00Z","fieldsV1":{"f:imagePullSecrets":{}}}])";

}  // namespace

TEST_CASE(
    "C-04: a list that is reset every ten seconds for ten minutes: few writes, one Event that names who, then peace") {
  ReconcilerWorld world;
  world.add_namespace("shop");
  world.add_account("shop", "api", {"u1"});
  world.add_account("shop", "other", {"u1"});
  world.lead();
  world.pass(10s);
  const auto before = world.writes("/serviceaccounts/api").size();
  for (int i = 0; i < 60; ++i) {
    world.add_account("shop", "api", {"u1"}, kByGitops);
    world.pass(5s);
    if (i < 3) CHECK(world.entries("shop", "api") == List{"u1", kPullSecret});
    if (i == 5)
      CHECK_THAT(world.events("BindingStripped").at(0), Catch::Contains("shop/api: field manager \"gitops-engine\""));
    world.pass(5s);
  }
  CHECK(world.writes("/serviceaccounts/api").size() - before <= 30);
  CHECK(world.events("BindingStripped").size() == 1);
  CHECK_THAT(world.metrics(), Catch::Contains("acr_bindings_stripped_total{manager=\"other\"}"));
  CHECK(world.writes("/serviceaccounts/other").size() == 1);
  world.pass(60s);
  CHECK(world.entries("shop", "api") == List{"u1", kPullSecret});
  const auto count = world.writes().size();
  world.pass(1h);
  CHECK(world.writes().size() == count);
}

TEST_CASE("a client that answers each binding before its answer is here gets no endless duel") {
  ReconcilerWorld world;
  world.add_namespace("shop");
  world.add_account("shop", "api");
  world.after = [&](const http::Request& request) {
    if (request.target.find("/serviceaccounts/api") != std::string::npos) world.add_account("shop", "api");
  };
  world.lead();
  world.pass(10min);
  CHECK(world.writes("/serviceaccounts/api").size() <= 20);
  CHECK(world.events("BindingStripped").size() == 1);
}

TEST_CASE("overwrite mode does not fight for ever with who adds an entry again and again") {
  ReconcilerWorld world({{"binding-mode", "overwrite"}});
  world.add_namespace("shop");
  world.add_account("shop", "api");
  world.after = [&](const http::Request& request) {
    if (request.target.find("/serviceaccounts/api") != std::string::npos)
      world.add_account("shop", "api", {kPullSecret, "dockercfg"});
  };
  world.lead();
  world.pass(10min);
  CHECK(world.writes("/serviceaccounts/api").size() <= 20);
}

TEST_CASE("C-08: a second writer of our Secret for ten minutes: few writes, named, and our own rotation is no fight") {
  ReconcilerWorld world;
  world.add_namespace("shop");
  world.add_namespace("other");
  world.lead();
  world.pass(10s);
  for (const auto* password : {"second", "third", "fourth", "fifth"}) {
    world.publish(password);
    world.publish(std::string(password) + "-again");
    world.pass(10s);
  }
  CHECK_THAT(world.metrics(), !Catch::Contains("acr_secret_foreign_writes_total{"));
  const auto before = world.writes("/shop/secrets").size();
  for (int i = 0; i < 20; ++i) {
    world.add_secret("shop", "theirs", true);
    world.pass(30s);
  }
  CHECK(world.writes("/shop/secrets").size() - before <= 20);
  CHECK(world.events("ForeignWriter").size() == 1);
  CHECK_THAT(world.metrics(), Catch::Contains("acr_secret_foreign_writes_total{manager="));
  world.pass(60s);
  CHECK(world.password("shop") == "fifth-again");
  CHECK(world.writes("/other/").size() == 9 - 4);
}

TEST_CASE("another name for the Secret: bindings move in place once it is there, then the labelled old one goes") {
  auto options = ReconcilerWorld::default_options();
  options.previous_secret_names = {"acr-old"};
  ReconcilerWorld world({}, options);
  for (const auto* name : {"shop", "foreign"}) {
    world.add_namespace(name);
    world.add_secret(name, "old", std::string(name) == "shop", "", "acr-old");
    world.add_account(name, "default", {"a", "acr-old", "b"});
  }
  world.add_account("shop", "fresh");
  world.lead("");
  world.pass(10s);
  CHECK(world.entries("shop", "default") == List{"a", "acr-old", "b"});
  CHECK(world.entries("shop", "fresh") == List{kPullSecret});

  world.publish("first");
  world.pass(10s);
  for (const auto* name : {"shop", "foreign"}) CHECK(world.entries(name, "default") == List{"a", kPullSecret, "b"});
  CHECK(world.server.find(kSecretPath, "shop", "acr-old").empty());
  CHECK_FALSE(world.server.find(kSecretPath, "foreign", "acr-old").empty());
  CHECK(world.writes("DELETE").size() == 1);
  CHECK(world.writes("/serviceaccounts/default").size() == 2);
}

TEST_CASE("a Secret of an earlier name stays for as long as somebody lists it") {
  auto options = ReconcilerWorld::default_options();
  options.previous_secret_names = {"acr-old"};
  ReconcilerWorld world({{"service-account", "default"}}, options);
  world.add_namespace("shop");
  world.add_secret("shop", "old", true, "", "acr-old");
  world.add_account("shop", "default", {"acr-old"});
  world.add_account("shop", "outside", {"acr-old"});
  world.lead();
  world.pass(1min);
  CHECK(world.entries("shop", "default") == List{kPullSecret});
  CHECK(world.entries("shop", "outside") == List{"acr-old"});
  CHECK(world.writes("DELETE").empty());
}

TEST_CASE("a dry run writes nothing at all, and does not decide the same again and again") {
  auto options = ReconcilerWorld::default_options();
  options.dry_run = true;
  options.previous_secret_names = {"acr-old"};
  ReconcilerWorld world({{"watch-namespace", "shop"}}, options);
  for (const auto* name : {"shop", "outside"}) {
    world.add_namespace(name);
    world.add_account(name, "default", {kPullSecret, "x"});
    world.add_account(name, "web");
  }
  world.add_secret("outside", "old");
  world.add_secret("shop", "old", true, "", "acr-old");
  world.lead();
  world.pass(1h);
  CHECK(world.writes().empty());
  CHECK(world.server.all("/apis/events.k8s.io/v1/events").empty());
}

}  // namespace acr::controller
