// SPDX-License-Identifier: Apache-2.0
// A CA that somebody else injects into the registration (--webhook-inject-ca-from).
#include <catch2/catch.hpp>

#include "common/base/base64.hpp"
#include "tests/component/controller/registration_world.hpp"

namespace acr::controller {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

constexpr const char* kFail = "enable: true\nfailure-policy: Fail\n";

Options injected() {
  auto options = RegistrationWorld::default_options();
  options.webhook_inject_ca_from = "kube-system/acr-webhook";
  return options;
}

/// What cert-manager's injector does: the bundle into each webhook, nothing else.
void inject(RegistrationWorld& world, const std::string& bundle) {
  auto object = parse_json(world.server.find(kMutatingPath, "", kRegistrationName)).value();
  auto& allocator = object.GetAllocator();
  for (auto& webhook : object["webhooks"].GetArray()) {
    webhook["clientConfig"].RemoveMember("caBundle");
    webhook["clientConfig"].AddMember("caBundle", JsonValue(encode_base64(bundle), allocator), allocator);
  }
  object["metadata"].RemoveMember("resourceVersion");
  world.server.put(kMutatingPath, to_json(object));
}

/// An endpoint that answers by the bundle "good" alone.
const auto kGood = [](auto&&, const std::string& bundle) { return bundle == "good"; };

}  // namespace

TEST_CASE("Ignore is registered, with the annotation, until the injected bundle verifies the endpoint") {
  RegistrationWorld world(kFail, injected());
  world.answers = kGood;
  world.lead();
  world.pass(1min);
  CHECK(world.registered() == "Ignore 10");
  CHECK_THAT(world.server.find(kMutatingPath, "", kRegistrationName),
             Contains(R"("cert-manager.io/inject-ca-from":"kube-system/acr-webhook")") && !Contains("caBundle"));
  CHECK(world.probes() == 0);

  inject(world, "bad");
  world.pass(1min);
  CHECK(world.registered() == "Ignore 10");

  inject(world, "good");
  world.pass(1s);
  CHECK(world.registered() == "Fail 10");
  CHECK_THAT(world.webhooks(), Contains(encode_base64("good")));
  CHECK_THAT(world.metrics(), !Contains("acr_registration_foreign_writes_total{"));
  CHECK(world.events("WebhookBreakerOpened").empty());
}

TEST_CASE("a new bundle under Fail costs no write if it verifies, and means Ignore at once if it does not") {
  RegistrationWorld world(kFail, injected());
  world.answers = [](auto&&, const std::string& bundle) { return bundle.starts_with("good"); };
  world.lead();
  world.pass(1s);
  inject(world, "good");
  world.pass(1s);
  REQUIRE(world.registered() == "Fail 10");
  const auto before = world.writes();
  inject(world, "good and newer");
  world.pass(1min);
  CHECK(world.registered() == "Fail 10");
  CHECK(world.writes() == before);
  for (const auto* bundle : {"bad", ""}) {
    inject(world, bundle);
    world.pass(100ms);
    CHECK(world.registered() == "Ignore 10");
    inject(world, "good");
    world.pass(1s);
    CHECK(world.registered() == "Fail 10");
  }
}

TEST_CASE("a new leader finds Fail as it stands and changes nothing") {
  RegistrationWorld world(kFail, injected());
  world.answers = kGood;
  world.lead();
  world.pass(1s);
  inject(world, "good");
  world.pass(1s);
  REQUIRE(world.registered() == "Fail 10");
  const auto before = world.writes();
  world.stop_leading();
  world.lead();
  world.pass(1min);
  CHECK(world.registered() == "Fail 10");
  CHECK(world.writes() == before);
}

}  // namespace acr::controller
