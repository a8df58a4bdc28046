// SPDX-License-Identifier: Apache-2.0
// What is done with a Namespace or a ServiceAccount: each case is a sentence of the specification.
#include "controller/plan.hpp"

#include <catch2/catch.hpp>

#include "common/base/crypto.hpp"

namespace acr::controller {
namespace {

constexpr const char* kName = "acr-credential-secret-aggregation";
using Names = std::vector<std::string>;
using Kept = std::vector<pullsecret::KeptEntry>;

WallTime at(std::string_view text) {
  return parse_rfc3339(text).value();
}

/// Objects with sensible contents, changed by what a case is about.
struct World {
  config::Settings settings = [] {
    config::Settings made;
    made.watch_namespaces = {.all = false, .patterns = {"web"}};
    made.service_accounts = {.all = false, .patterns = {"default"}};
    return made;
  }();
  kube::NamespaceInfo web{
      .name = "web", .uid = "1", .resource_version = "1", .labels = {}, .annotations = {}, .terminating = false};
  kube::SecretInfo ours{.key = {"web", kName},
                        .uid = "u",
                        .resource_version = "7",
                        .type = std::string(kube::kDockerConfigType),
                        .managed = true,
                        .immutable = false,
                        .terminating = false,
                        .annotations = {},
                        .digest = "old",
                        .registry_hosts = {}};
  pullsecret::WantedSecret wanted{.name = kName,
                                  .docker_config = Secret("{}"),
                                  .earliest_expiry = {},
                                  .refreshed_at = {},
                                  .digest = "new",
                                  .hosts = {}};
  bool removals_allowed = true;

  Rules rules() const { return {.settings = &settings, .secret_name = kName, .removals_allowed = removals_allowed}; }
};

kube::ServiceAccountInfo account(const std::string& name, Names secrets, bool excluded = false) {
  return {.key = {"web", name},
          .uid = "a",
          .resource_version = "5",
          .image_pull_secrets = std::move(secrets),
          .excluded = excluded};
}

BindingChange bind(Names list) {
  return {BindingChange::Kind::Bind, std::move(list)};
}
BindingChange unbind(Names list) {
  return {BindingChange::Kind::Unbind, std::move(list)};
}

}  // namespace

TEST_CASE("E-18 a covered ServiceAccount gets our entry behind the others (WR-1, WR-6)") {
  const World world;
  CHECK(plan_service_account(world.rules(), &world.web, account("default", {}), nullptr) == bind({kName}));
  CHECK(plan_service_account(world.rules(), &world.web, account("default", {"b", "a"}), nullptr) ==
        bind({"b", "a", kName}));
}

TEST_CASE("a bound ServiceAccount is not written again (WR-5)") {
  const World world;
  CHECK(plan_service_account(world.rules(), &world.web, account("default", {"a", kName}), nullptr) == std::nullopt);
}

TEST_CASE("overwrite mode leaves our entry alone in the list") {
  World world;
  world.settings.binding_mode = config::BindingMode::Overwrite;
  CHECK(plan_service_account(world.rules(), &world.web, account("default", {"a"}), nullptr) == bind({kName}));
}

TEST_CASE("a ServiceAccount that left the list loses only our entry") {
  const World world;
  CHECK(plan_service_account(world.rules(), &world.web, account("other", {"a", kName, "b"}), &world.ours) ==
        unbind({"a", "b"}));
}

TEST_CASE("an opted-out ServiceAccount or Namespace is unbound") {
  World world;
  CHECK(plan_service_account(world.rules(), &world.web, account("default", {kName}, true), &world.ours) == unbind({}));
  world.web.annotations = {{std::string(kube::kExcludeKey), "true"}};
  CHECK(plan_service_account(world.rules(), &world.web, account("default", {kName}), &world.ours) == unbind({}));
}

TEST_CASE("nothing is unbound while removals are not allowed, but binding goes on") {
  World world;
  world.removals_allowed = false;
  CHECK(plan_service_account(world.rules(), &world.web, account("other", {kName}), &world.ours) == std::nullopt);
  CHECK(plan_service_account(world.rules(), &world.web, account("default", {}), &world.ours) == bind({kName}));
}

TEST_CASE("an entry that names somebody else's Secret is not ours to take away") {
  World world;
  world.ours.managed = false;
  CHECK(plan_service_account(world.rules(), &world.web, account("other", {kName}), &world.ours) == std::nullopt);
}

TEST_CASE("a Namespace that is gone or going is left alone (LW-18)") {
  World world;
  CHECK(plan_service_account(world.rules(), nullptr, account("default", {}), nullptr) == std::nullopt);
  world.web.terminating = true;
  CHECK(plan_service_account(world.rules(), &world.web, account("default", {}), nullptr) == std::nullopt);
  CHECK_FALSE(plan_namespace(world.rules(), &world.web, nullptr, &world.wanted, 0).write);
}

TEST_CASE("a covered Namespace gets the Secret, and its content is brought up to date") {
  using Kind = pullsecret::SecretAction::Kind;
  const World world;
  const auto absent = plan_namespace(world.rules(), &world.web, nullptr, &world.wanted, 0);
  REQUIRE(absent.write);
  CHECK(absent.write->kind == Kind::Create);
  const auto stale = plan_namespace(world.rules(), &world.web, &world.ours, &world.wanted, 0);
  REQUIRE(stale.write);
  CHECK(stale.write->kind == Kind::Update);
}

TEST_CASE("before any login is known an existing Secret stays as it is") {
  const World world;
  const auto plan = plan_namespace(world.rules(), &world.web, &world.ours, nullptr, 3);
  CHECK_FALSE(plan.write);
  CHECK_FALSE(plan.remove);
}

/// A Secret that still holds the entry of a dead instance, of which no state tells.
struct Stateless : World {
  Stateless() {
    ours.registry_hosts = {"a.example.com", "dead.example.com"};
    ours.annotations = {{std::string(pullsecret::kExpiresAtAnnotation), "2026-03-01T12:30:00Z"}};
    wanted.hosts = {"a.example.com"};
  }
  SecretPlan plan(const AwaitedLogins& awaited, const std::string& now = "2026-03-01T12:00:00Z") const {
    auto current = rules();
    current.awaited = &awaited;
    current.now = at(now);
    return plan_namespace(current, &web, &ours, &wanted, 0);
  }
};

TEST_CASE("until every instance was tried an existing Secret loses no host, and gets what there is") {
  const Stateless world;
  const auto mixed = world.plan({.tried = false});
  REQUIRE(mixed.write);
  CHECK(mixed.keep == Kept{{"dead.example.com", at("2026-03-01T12:30:00Z")}});
  auto unknown_end = world;
  unknown_end.ours.annotations.clear();
  CHECK_FALSE(unknown_end.plan({.tried = false}).write);
  auto rules = world.rules();
  const AwaitedLogins untried{.tried = false};
  rules.awaited = &untried;
  CHECK(plan_namespace(rules, &world.web, nullptr, &world.wanted, 0).write);
  auto more = world;
  more.wanted.hosts = {"a.example.com", "c.example.com", "dead.example.com"};
  CHECK(more.plan({.tried = false}).write);
}

TEST_CASE("a Secret whose entries have ended waits for nobody") {
  const Stateless world;
  const auto ended = world.plan({.tried = false}, "2026-03-01T12:30:00Z");
  REQUIRE(ended.write);
  CHECK(ended.write->kind == pullsecret::SecretAction::Kind::Update);
  CHECK(ended.keep.empty());
}

TEST_CASE("E-16 the entry of an instance that got no login since the start stays in its Secret until that ends") {
  const auto awaited = GENERATE(AwaitedLogins{.hosts = {"dead.example.com"}}, AwaitedLogins{.any_host = true});
  const Stateless world;
  const auto before = world.plan(awaited);
  REQUIRE(before.write);
  CHECK(before.write->kind == pullsecret::SecretAction::Kind::Update);
  CHECK(before.keep == Kept{{"dead.example.com", at("2026-03-01T12:30:00Z")}});
  CHECK(before.look_again == at("2026-03-01T12:30:00Z"));
  const auto after = world.plan(awaited, "2026-03-01T12:30:00Z");
  REQUIRE(after.write);
  CHECK(after.keep.empty());
  CHECK_FALSE(after.look_again);
}

TEST_CASE("E-16 of two that got no login each entry stays until its own end, wherever the state is") {
  Stateless world;
  world.ours.registry_hosts = {"a.example.com", "dead.example.com", "late.example.com"};
  world.ours.annotations.emplace(pullsecret::kOutlivesAnnotation, "old:0,0,900");
  const AwaitedLogins awaited{.hosts = {"dead.example.com", "late.example.com"}};
  const auto both = world.plan(awaited);
  CHECK(both.keep ==
        Kept{{"dead.example.com", at("2026-03-01T12:30:00Z")}, {"late.example.com", at("2026-03-01T12:45:00Z")}});
  CHECK(both.look_again == at("2026-03-01T12:30:00Z"));
  const auto one = world.plan(awaited, "2026-03-01T12:30:00Z");
  REQUIRE(one.write);
  CHECK(one.keep == Kept{{"late.example.com", at("2026-03-01T12:45:00Z")}});
  CHECK(one.look_again == at("2026-03-01T12:45:00Z"));
  const auto none = world.plan(awaited, "2026-03-01T12:45:00Z");
  REQUIRE(none.write);
  CHECK(none.keep.empty());
}

TEST_CASE("while a first configuration has errors, entries of items that were not understood are kept as well") {
  const Stateless world;
  auto rules = world.rules();
  rules.now = at("2026-03-01T12:00:00Z");
  CHECK(plan_namespace(rules, &world.web, &world.ours, &world.wanted, 0).keep.empty());
  rules.hosts_uncertain = true;
  CHECK(plan_namespace(rules, &world.web, &world.ours, &world.wanted, 0).keep ==
        Kept{{"dead.example.com", at("2026-03-01T12:30:00Z")}});
}

TEST_CASE("no entry is kept that nobody waits for, nor one of an unknown end, nor one of a Secret that is not ours") {
  Stateless world;
  CHECK(world.plan({}).keep.empty());
  CHECK(world.plan({.hosts = {"other.example.com"}}).keep.empty());
  CHECK_FALSE(world.plan({.hosts = {"dead.example.com", "other.example.com"}}).keep.empty());
  world.ours.annotations.clear();
  CHECK(world.plan({.any_host = true}).keep.empty());
  Stateless foreign;
  foreign.ours.managed = false;
  CHECK(foreign.plan({.any_host = true}).keep.empty());
}

TEST_CASE("E-16 before any login is known our Secret stays until it ends, and is looked at then") {
  const Stateless world;
  const auto plan = plan_namespace(world.rules(), &world.web, &world.ours, nullptr, 0);
  CHECK_FALSE(plan.write);
  CHECK(plan.look_again == at("2026-03-01T12:30:00Z"));
  CHECK_FALSE(has_ended(world.ours, at("2026-03-01T12:29:59Z")));
  CHECK(has_ended(world.ours, at("2026-03-01T12:30:00Z")));
  auto foreign = world.ours;
  foreign.managed = false;
  CHECK_FALSE(has_ended(foreign, at("2026-03-01T13:00:00Z")));
}

TEST_CASE("outside the scope our Secret goes after the last binding, and only ours") {
  World world;
  world.settings.watch_namespaces = {.all = false, .patterns = {"elsewhere"}};
  CHECK_FALSE(plan_namespace(world.rules(), &world.web, &world.ours, &world.wanted, 1).remove);
  CHECK(plan_namespace(world.rules(), &world.web, &world.ours, &world.wanted, 0).remove);
  world.removals_allowed = false;
  CHECK_FALSE(plan_namespace(world.rules(), &world.web, &world.ours, &world.wanted, 0).remove);
  world.removals_allowed = true;
  world.ours.managed = false;
  CHECK_FALSE(plan_namespace(world.rules(), &world.web, &world.ours, &world.wanted, 0).remove);
}

TEST_CASE("outside the scope our Secret is kept fresh for as long as it must stay, and none is made") {
  using Kind = pullsecret::SecretAction::Kind;
  World world;
  world.settings.watch_namespaces = {.all = false, .patterns = {"elsewhere"}};
  const auto bound = plan_namespace(world.rules(), &world.web, &world.ours, &world.wanted, 1);
  REQUIRE(bound.write);
  CHECK(bound.write->kind == Kind::Update);
  world.removals_allowed = false;
  const auto held = plan_namespace(world.rules(), &world.web, &world.ours, &world.wanted, 0);
  REQUIRE(held.write);
  CHECK(held.write->kind == Kind::Update);
  CHECK_FALSE(plan_namespace(world.rules(), &world.web, nullptr, &world.wanted, 1).write);
  world.ours.managed = false;
  CHECK_FALSE(plan_namespace(world.rules(), &world.web, &world.ours, &world.wanted, 1).write);
}

TEST_CASE("an edit that unbinds more than ten and more than half has to wait") {
  CHECK_FALSE(is_shrinking_too_fast({.bound = 10, .would_unbind = 10}));
  CHECK(is_shrinking_too_fast({.bound = 11, .would_unbind = 11}));
  CHECK_FALSE(is_shrinking_too_fast({.bound = 40, .would_unbind = 20}));
  CHECK(is_shrinking_too_fast({.bound = 40, .would_unbind = 21}));
}

}  // namespace acr::controller
