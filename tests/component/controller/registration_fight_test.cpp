// SPDX-License-Identifier: Apache-2.0
// Other clients that change the registration: it is put right, ever more slowly if they do not stop.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/component/controller/registration_world.hpp"

namespace acr::controller {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

constexpr const char* kFail = "enable: true\nfailure-policy: Fail\n";

const std::string kByGitops =
    R"(,"managedFields":[{"manager":"argocd-controller","time":"2026-01-01T00:00:00Z","fieldsV1":{"f:webhooks":{}}}])";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

std::string without_bundle(const std::string& webhooks) {
  const auto begin = webhooks.find(R"("caBundle":")");
  REQUIRE(begin != std::string::npos);
  const auto end = webhooks.find('"', begin + 12);
  return webhooks.substr(0, begin) + R"("caBundle":")" + webhooks.substr(end);
}

}  // namespace

TEST_CASE("CRT-7: one change by somebody else is put right at once, whichever it is") {
  RegistrationWorld world(kFail);
  world.lead();
  world.pass(1min);
  const auto right = world.webhooks();
  REQUIRE(world.registered() == "Fail 10");
  const std::string changes[] = {"[]", without_bundle(right),
                                 replaced(right, R"("failurePolicy":"Fail")", R"("failurePolicy":"Ignore")"),
                                 replaced(right, R"("timeoutSeconds":10)", R"("timeoutSeconds":30)"),
                                 replaced(right, R"("serviceaccounts"])", R"("*"])")};
  for (const auto& changed : changes) {
    CAPTURE(changed);
    world.put_registration(changed);
    world.pass(100ms);
    CHECK(world.webhooks() == right);
    world.pass(5min);
  }
  CHECK(world.writes() == 1 + static_cast<int>(std::size(changes)));
  CHECK(world.events("ForeignWriter").size() == 1);  // at the third
}

TEST_CASE("a tool that resets it every second gets few answers, is named, and peace comes within seconds") {
  RegistrationWorld world(kFail);
  world.lead();
  world.pass(1min);
  const auto right = world.webhooks();
  const auto before = world.writes();
  const auto reset = GENERATE(0, 1);
  const auto changed =
      reset == 0 ? std::string("[]") : replaced(right, R"("failurePolicy":"Fail")", R"("failurePolicy":"Ignore")");
  for (int i = 0; i < 300; ++i) {
    world.put_registration(changed, kByGitops);
    world.pass(1s);
  }
  CHECK(world.writes() - before <= 90);
  CHECK(world.writes() - before >= 50);
  REQUIRE_FALSE(world.events("ForeignWriter").empty());
  CHECK(world.events("ForeignWriter").size() <= 10);
  CHECK_THAT(world.events("ForeignWriter").front(), Contains("argocd-controller") && Contains("webhooks"));
  CHECK_THAT(world.metrics(), Contains(R"(acr_registration_foreign_writes_total{manager="argocd-controller"})"));
  world.pass(5s);
  CHECK(world.webhooks() == right);
}

TEST_CASE("an edit waits for no fight") {
  RegistrationWorld world(kFail);
  world.lead();
  world.pass(1min);
  for (int i = 0; i < 30; ++i) {
    world.put_registration("[]");
    world.pass(1s);
  }
  world.put_registration(R"([{"name":"serviceaccounts.acr-credential-helper.io","failurePolicy":"Fail"}])");
  world.configure("enable: false\n");
  world.pass(100ms);
  CHECK(world.registered() == "off");
}

TEST_CASE("edits are no fight, however many") {
  RegistrationWorld world(kFail);
  world.lead();
  world.pass(1min);
  for (int i = 1; i <= 100; ++i) {
    world.configure(fmt::format("enable: {}\nfailure-policy: {}\ntimeout-seconds: {}\n", i % 4 != 0,
                                i % 3 == 0 ? "Ignore" : "Fail", 1 + i % 30));
    world.pass(20ms);
  }
  world.pass(1s);
  CHECK(world.registered() == "off");
  CHECK_THAT(world.metrics(), !Contains("acr_registration_foreign_writes_total{"));
}

TEST_CASE("the first enable waits for an endpoint, and for nothing else") {
  RegistrationWorld world("enable: false\n");
  world.answers = [](auto&&...) { return false; };
  world.lead();
  world.pass(10min);
  REQUIRE(world.registered() == "off");
  world.configure(kFail);
  world.pass(10min);
  CHECK(world.registered() == "off");
  world.answers = [](auto&&...) { return true; };
  world.pass(5s);
  CHECK(world.registered() == "Fail 10");
}

TEST_CASE("an edit that switches the webhook on looks for endpoints as often as after a start") {
  auto options = RegistrationWorld::default_options();
  options.validate_config = true;
  RegistrationWorld world("enable: false\n", options);
  world.answers = [](auto&&...) { return false; };
  world.lead();
  world.pass(10min);  // for the check of the configuration an endpoint has been looked for in vain all the while
  world.configure(kFail);
  world.pass(3s);
  REQUIRE(world.registered() == "off");
  world.answers = [](auto&&...) { return true; };
  world.pass(600ms);
  CHECK(world.registered() == "Fail 10");
}

}  // namespace acr::controller
