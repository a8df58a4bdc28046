// SPDX-License-Identifier: Apache-2.0
// mode: policy: from the webhook to the policy and back, and where there can be none.
#include <catch2/catch.hpp>

#include "tests/component/controller/registration_world.hpp"

namespace acr::controller {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

constexpr const char* kPolicy = "enable: true\nmode: policy\nfailure-policy: Fail\n";
constexpr const char* kWebhook = "enable: true\nfailure-policy: Fail\n";
constexpr const char* kOff = "enable: false\n";

}  // namespace

TEST_CASE("the policy stands at once, and the webhook goes when it is in force; and back") {
  RegistrationWorld world(kWebhook);
  world.serves_policies = true;
  world.lead();
  world.pass(1min);
  REQUIRE(world.registered() == "Fail 10");
  REQUIRE(world.policy().empty());

  world.configure(kPolicy);
  world.pass(1s);
  CHECK_FALSE(world.policy().empty());
  CHECK(world.registered() == "Fail 10");
  world.pass(8s);
  CHECK(world.registered() == "Fail 10");
  world.pass(2s);
  CHECK(world.registered() == "off");
  CHECK_FALSE(world.policy().empty());

  world.configure(kWebhook);
  world.pass(1s);
  CHECK(world.registered() == "Fail 10");
  world.pass(8s);
  CHECK_FALSE(world.policy().empty());
  world.pass(2s);
  CHECK(world.policy().empty());
  CHECK(world.registered() == "Fail 10");
}

TEST_CASE("the policy stays until a webhook answers") {
  RegistrationWorld world(kPolicy);
  world.serves_policies = true;
  world.answers = [](auto&&...) { return false; };
  world.lead();
  world.pass(1min);
  CHECK(world.registered() == "off");
  world.configure(kWebhook);
  world.pass(10min);
  CHECK_FALSE(world.policy().empty());
  CHECK(world.registered() == "off");
  world.answers = [](auto&&...) { return true; };
  world.pass(15s);
  CHECK(world.policy().empty());
  CHECK(world.registered() == "Fail 10");
}

TEST_CASE("off takes both away at once") {
  RegistrationWorld world(kWebhook);
  world.serves_policies = true;
  world.lead();
  world.pass(1min);
  world.configure(kPolicy);
  world.pass(1s);
  world.configure(kOff);
  world.pass(1s);
  CHECK(world.registered() == "off");
  CHECK(world.policy().empty());
  CHECK(world.server.find(kPolicyPath, "", kRegistrationName).empty());
}

TEST_CASE("an API server without policies: an Event, and the webhook serves") {
  RegistrationWorld world(kPolicy);
  world.lead();
  world.pass(1s);
  CHECK(world.registered() == "Fail 10");
  world.pass(10min);
  REQUIRE(world.events("PolicyUnavailable").size() == 1);
  CHECK_THAT(world.events("PolicyUnavailable").front(), Contains("1.36"));
  SECTION("its breaker watches over it") {
    world.answers = [](auto&&...) { return false; };
    world.pass(30s);
    CHECK(world.registered() == "Ignore 10");
  }
  SECTION("an upgrade of the API server is noticed") {
    world.serves_policies = true;
    world.pass(3min);
    CHECK(world.registered() == "off");
    CHECK_FALSE(world.policy().empty());
  }
}

TEST_CASE("a policy that somebody changes or deletes comes back; a new leader leaves it alone") {
  RegistrationWorld world(kPolicy);
  world.serves_policies = true;
  world.lead();
  world.pass(1min);
  const auto right = world.policy();
  REQUIRE_FALSE(right.empty());
  world.server.erase(kPolicyBindingPath, "", kRegistrationName);
  world.pass(6s);
  CHECK_FALSE(world.policy().empty());
  auto changed = right;
  changed.replace(changed.find(R"("failurePolicy":"Fail")"), 22, R"("failurePolicy":"Ignore")");
  world.server.put(kPolicyPath, changed);
  world.pass(6s);
  CHECK_THAT(world.policy(), Contains(R"("failurePolicy":"Fail")"));

  const auto before = world.policy();
  world.stop_leading();
  world.lead();
  world.pass(1min);
  CHECK(world.policy() == before);
  CHECK(world.registered() == "off");
  CHECK(world.writes() == 0);
}

TEST_CASE("while the API server is away nothing changes") {
  RegistrationWorld world(kWebhook);
  world.serves_policies = true;
  world.lead();
  world.pass(1min);
  world.api_answers = false;
  world.configure(kPolicy);
  world.pass(1min);
  CHECK(world.registered() == "Fail 10");
  world.api_answers = true;
  world.pass(1min);
  CHECK(world.registered() == "off");
  CHECK_FALSE(world.policy().empty());
}

}  // namespace acr::controller
