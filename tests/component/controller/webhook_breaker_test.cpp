// SPDX-License-Identifier: Apache-2.0
// A webhook that dies under failure-policy Fail, in its full length.
#include <catch2/catch.hpp>

#include "common/base/base64.hpp"
#include "tests/component/controller/registration_world.hpp"
#include "tests/fakes/mounted_volume.hpp"

namespace acr::controller {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

constexpr const char* kFail = "enable: true\nfailure-policy: Fail\n";
constexpr const char* kIgnore = "enable: true\nfailure-policy: Ignore\n";

const auto kDead = [](auto&&...) { return false; };
const auto kAlive = [](auto&&...) { return true; };

/// Registered with Fail for a minute.
void begin(RegistrationWorld& world) {
  world.lead();
  world.pass(1min);
  REQUIRE(world.registered() == "Fail 10");
}

/// Begun, then dead for so long that the breaker is open.
void open(RegistrationWorld& world) {
  begin(world);
  world.answers = kDead;
  world.pass(30s);
  REQUIRE(world.registered() == "Ignore 10");
}

}  // namespace

TEST_CASE("a dead webhook under Fail is lowered to Ignore within 25 s and comes back after 15 s of answers") {
  RegistrationWorld world(kFail);
  begin(world);
  SECTION("connections are refused") {}
  SECTION("connections are never answered") {
    world.silence = 5s;
  }
  world.answers = kDead;
  world.pass(12s);
  CHECK(world.registered() == "Fail 10");
  world.pass(13s);
  CHECK(world.registered() == "Ignore 10");
  CHECK_THAT(world.metrics(), Contains("acr_webhook_breaker_open 1"));
  world.pass(5min);
  CHECK(world.registered() == "Ignore 10");
  REQUIRE(world.events("WebhookBreakerOpened").size() == 1);
  CHECK_THAT(world.events("WebhookBreakerOpened").front(), Contains("connection refused") && Contains("acr-webhook"));

  world.answers = kAlive;
  world.pass(14s);
  CHECK(world.registered() == "Ignore 10");
  world.pass(11s);
  CHECK(world.registered() == "Fail 10");
  CHECK(world.events("WebhookBreakerClosed").size() == 1);
  CHECK_THAT(world.metrics(), Contains("acr_webhook_breaker_open 0"));
  CHECK(world.writes() == 3);
}

TEST_CASE("a healthy webhook is probed every 2 s under Fail, never under Ignore") {
  RegistrationWorld world(kFail);
  begin(world);
  const auto before = world.probes();
  world.pass(1min);
  CHECK(world.probes() - before <= 31);
  CHECK(world.probes() - before >= 28);
  world.configure(kIgnore);
  world.pass(5s);
  const auto then = world.probes();
  world.pass(10min);
  CHECK(world.probes() == then);
}

TEST_CASE("any endpoint that answers counts") {
  RegistrationWorld world(kFail);
  begin(world);
  int number = 0;
  world.answers = [&number](auto&&...) { return ++number % 4 == 0; };
  world.silence = 5s;
  world.pass(5min);
  CHECK(world.registered() == "Fail 10");
  CHECK(world.events("WebhookBreakerOpened").empty());
}

TEST_CASE("on doubt the registration stays as it is") {
  RegistrationWorld world(kFail);
  begin(world);
  world.answers = kDead;
  SECTION("the API server does not answer us either") {
    world.api_answers = false;
  }
  SECTION("it keeps the address of the Service to itself") {
    auto before = world.server.before;
    world.server.before = [before](const http::Request& request) -> std::optional<Result<http::Response>> {
      if (request.target.find("/services/") != std::string::npos)
        return fakes::status_response(403, "Forbidden", "services is forbidden");
      return before(request);
    };
  }
  world.pass(10min);
  CHECK(world.registered() == "Fail 10");
  CHECK(world.events("WebhookBreakerOpened").empty());
}

TEST_CASE("a Service that is gone, or moved, is no doubt") {
  RegistrationWorld world(kFail);
  begin(world);
  SECTION("gone") {
    world.server.erase("/api/v1/services", "kube-system", "acr-webhook");
    world.answers = kDead;
    world.pass(30s);
    CHECK(world.registered() == "Ignore 10");
  }
  SECTION("moved: the webhook answers at the new address") {
    world.put_service("10.96.0.77");
    world.answers = [](const ProbeTarget& target, auto&&) { return target.connect_to->host == "10.96.0.77"; };
    world.pass(10min);
    CHECK(world.registered() == "Fail 10");
  }
}

TEST_CASE("--webhook-breaker=false leaves Fail in force") {
  auto options = RegistrationWorld::default_options();
  options.webhook_breaker = false;
  RegistrationWorld world(kFail, options);
  begin(world);
  world.answers = kDead;
  world.pass(10min);
  CHECK(world.registered() == "Fail 10");
}

TEST_CASE("edits while the breaker is open are obeyed at once") {
  RegistrationWorld world(kFail);
  open(world);
  SECTION("the timeout, and Ignore stays") {
    world.configure("enable: true\nfailure-policy: Fail\ntimeout-seconds: 3\n");
    world.pass(1s);
    CHECK(world.registered() == "Ignore 3");
  }
  SECTION("to Ignore: nothing is left of the breaker") {
    world.configure(kIgnore);
    world.pass(10s);
    CHECK(world.registered() == "Ignore 10");
    CHECK_THAT(world.metrics(), Contains("acr_webhook_breaker_open 0"));
    world.configure(kFail);
    world.pass(30s);
    CHECK(world.registered() == "Ignore 10");  // no endpoint answers
    world.answers = kAlive;
    world.pass(2s);
    CHECK(world.registered() == "Fail 10");
  }
  SECTION("to off") {
    world.configure("enable: false\n");
    world.pass(1s);
    CHECK(world.registered() == "off");
  }
}

TEST_CASE("a CA Secret that is gone, and cannot be made anew, keeps nothing from Ignore") {
  RegistrationWorld world(kFail);
  begin(world);
  const auto bundle = encode_base64(world.ca_bundle());
  world.server.erase("/api/v1/secrets", "kube-system", kAuthoritySecretName);
  world.pass(1s);
  REQUIRE(world.registered() == "Fail 10");
  SECTION("by the breaker") {
    world.answers = kDead;
    world.pass(30s);
  }
  SECTION("by an edit") {
    world.configure(kIgnore);
    world.pass(1s);
  }
  CHECK(world.registered() == "Ignore 10");
  CHECK_THAT(world.webhooks(), Contains(bundle));
}

TEST_CASE("a new --webhook-ca-file is published under Fail once an endpoint answers by it") {
  const std::string old_ca = "-----BEGIN CERTIFICATE-----\nold\n", new_ca = "-----BEGIN CERTIFICATE-----\nnew\n";
  fakes::MountedVolume file("ca.crt");
  file.publish(old_ca);
  auto options = RegistrationWorld::default_options();
  options.webhook_ca_file = file.path();
  RegistrationWorld world(kFail, options);
  world.answers = [&](auto&&, const std::string& bundle) { return bundle == old_ca; };
  begin(world);
  SECTION("it comes before the certificate") {
    file.publish(new_ca);
    world.pass(5min);
    CHECK_THAT(world.webhooks(), Contains(encode_base64(old_ca)));
    CHECK(world.registered() == "Fail 10");
    world.answers = [&](auto&&, const std::string& bundle) { return bundle == new_ca; };
    world.pass(5s);
    CHECK_THAT(world.webhooks(), Contains(encode_base64(new_ca)));
  }
  SECTION("it is empty, as half of a copy is") {
    file.publish("");
    world.pass(5min);
    CHECK_THAT(world.webhooks(), Contains(encode_base64(old_ca)));
    REQUIRE(world.events("WebhookCAUnusable").size() == 1);
    CHECK_THAT(world.events("WebhookCAUnusable").front(),
               Contains("--webhook-ca-file") && Contains("holds no certificate"));
  }
  CHECK(world.registered() == "Fail 10");
  CHECK(world.events("WebhookBreakerOpened").empty());
}

TEST_CASE("while a policy cannot be brought, the webhook that stays under Fail is watched") {
  RegistrationWorld world(kFail);
  world.serves_policies = true;
  begin(world);
  auto before = world.server.before;
  world.server.before = [before](const http::Request& request) -> std::optional<Result<http::Response>> {
    if (request.headers.get("Content-Type") == "application/apply-patch+yaml")
      return fakes::status_response(500, "InternalError", "the store is full");
    return before(request);
  };
  world.configure("enable: true\nmode: policy\nfailure-policy: Fail\n");
  world.pass(1min);
  REQUIRE(world.registered() == "Fail 10");
  world.answers = kDead;
  world.pass(30s);
  CHECK(world.registered() == "Ignore 10");
}

TEST_CASE("a new leader restores Fail only after 15 s of answers") {
  RegistrationWorld world(kFail);
  open(world);
  world.stop_leading();
  world.lead();
  world.pass(1min);
  CHECK(world.registered() == "Ignore 10");
  CHECK_THAT(world.metrics(), Contains("acr_webhook_breaker_open 1"));
  world.answers = kAlive;
  world.pass(12s);
  CHECK(world.registered() == "Ignore 10");
  world.pass(10s);
  CHECK(world.registered() == "Fail 10");
}

TEST_CASE("Fail is registered in the place of Ignore only after an endpoint answered") {
  RegistrationWorld world(kIgnore);
  world.lead();
  world.pass(1min);
  REQUIRE(world.registered() == "Ignore 10");
  world.answers = kDead;
  world.configure(kFail);
  world.pass(1min);
  CHECK(world.registered() == "Ignore 10");
  CHECK(world.events("WebhookBreakerOpened").empty());
  world.answers = kAlive;
  world.pass(2s);
  CHECK(world.registered() == "Fail 10");
}

}  // namespace acr::controller
