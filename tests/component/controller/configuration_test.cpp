// SPDX-License-Identifier: Apache-2.0
// Which text rules in a controller that leads or stands by, and what it tells about it.
#include "controller/configuration.hpp"

#include <catch2/catch.hpp>

#include "common/credentials/state.hpp"
#include "tests/component/kube/fixture.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const kube::ObjectKey kKey{"kube-system", "acr-configuration"};
const kube::TextMap kGood{{"watch-namespace", "web"}};
const kube::TextMap kBetter{{"watch-namespace", "web,shop"}};
const kube::TextMap kBroken{{"watch-namespace", "shop"}, {"expiring-threshold", "soon"}};
const kube::TextMap kWorse{{"watch-namespace", "x"}, {"expiring-threshold", "never"}};

Options own_options() {
  Options options;
  options.common.own_namespace = "kube-system";
  return options;
}

/// A controller's view of a cluster whose objects come as values.
struct Controller : kube::test::Fixture {
  Options options = own_options();
  ClusterCache cache{client, metrics, options};
  kube::EventRecorder events{client, metrics, {.controller = "c", .instance = "pod"}};
  bool leads = false;
  Configuration configuration{cache, events, metrics, [this] { return leads; }};
  kube::test::Tasks tasks{io};
  int version = 0;

  Controller() {
    cache.config_maps.on_change([this](const kube::ObjectKey&) { configuration.refresh(); });
    cache.states.on_change([this](const kube::ObjectKey&) { configuration.refresh(); });
    tasks.group.spawn("events", events.run());
  }

  std::string next() { return std::to_string(++version); }
  /// Begins with what the API server lists.
  void start(std::optional<kube::TextMap> text, const std::optional<credentials::State>& state = {}) {
    cache.states.replace(state ? std::vector{secret_of(*state)} : std::vector<kube::SecretData>{});
    cache.config_maps.replace(text ? std::vector{map_of(*text)} : std::vector<kube::ConfigMapInfo>{});
    configuration.refresh();
  }
  void edit(kube::TextMap text) { cache.config_maps.upsert(map_of(std::move(text))); }
  void erase() { cache.config_maps.erase(kKey, next()); }
  void store(const credentials::State& state) { cache.states.upsert(secret_of(state)); }

  kube::ConfigMapInfo map_of(kube::TextMap text) {
    return {.key = kKey, .uid = "u", .resource_version = next(), .data = std::move(text)};
  }
  kube::SecretData secret_of(const credentials::State& state) {
    return {.meta = {.key = cache.state_key(), .resource_version = next()},
            .data = credentials::encode_state(state).data};
  }
  [[nodiscard]] const config::InForce& in_force() const { return *configuration.in_force(); }
  [[nodiscard]] Names watched() const { return in_force().settings.watch_namespaces.patterns; }
  /// The note of the Event posted last.
  std::string told() {
    fakes::run(io, events.drain(async::deadline_in(5s)));
    const auto all = server.all("/apis/events.k8s.io/v1/events");
    std::string note;
    for (const auto& body : all) note += std::string(string_at(*parse_json(body), "note")) + "\n";
    return note;
  }
};

}  // namespace

TEST_CASE("a list in binaryData stays unreadable when a label is touched or the region becomes known") {
  Controller controller;
  auto hidden = controller.map_of({{"watch-namespace", "shop"}});
  hidden.binary_keys = {"acr-registry-info"};
  controller.cache.states.replace({});
  controller.cache.config_maps.replace({hidden});
  controller.configuration.refresh();
  const auto is_safe = [&] {
    return controller.in_force().settings.instances.empty() && !controller.in_force().removals_allowed;
  };
  CHECK(is_safe());
  hidden.resource_version = controller.next();
  controller.cache.config_maps.upsert(hidden);
  CHECK(is_safe());
  controller.configuration.set_default_region("cn-hangzhou");
  CHECK(is_safe());
  controller.erase();
  CHECK(is_safe());
}

TEST_CASE(
    "a takeover: what the leader accepted is known to a standby that missed the edit, and once it leads no more") {
  Controller controller;
  controller.start(kBroken, credentials::State{.texts = {.accepted = kGood}});
  CHECK(controller.watched() == Names{"web"});
  controller.store({.texts = {.accepted = kBetter}});
  CHECK(controller.watched() == Names{"web", "shop"});

  controller.leads = true;
  controller.edit(kGood);
  controller.store({.texts = {.accepted = kBetter}});
  controller.edit(kBroken);
  CHECK(controller.watched() == Names{"web"});
  CHECK(controller.configuration.texts().accepted == kGood);
}

TEST_CASE("a takeover: a leader that missed an edit of another one knows it as soon as it leads no more") {
  Controller controller;
  controller.leads = true;
  controller.start(kBroken, credentials::State{.texts = {.accepted = kGood}});
  controller.store({.texts = {.accepted = kBetter}});
  CHECK(controller.watched() == Names{"web"});
  controller.leads = false;
  controller.configuration.refresh();
  CHECK(controller.watched() == Names{"web", "shop"});
  CHECK(controller.configuration.texts().accepted == kBetter);
}

TEST_CASE("a takeover: what the leader before stored last counts, although this one led already when it came") {
  Controller controller;
  controller.start(kBroken, credentials::State{.texts = {.accepted = kGood}});
  controller.leads = true;
  controller.store({.texts = {.accepted = kBetter}});
  CHECK(controller.watched() == Names{"web"});
  controller.configuration.take_over();
  CHECK(controller.watched() == Names{"web", "shop"});
  CHECK(controller.configuration.texts().accepted == kBetter);
}

TEST_CASE("what a first start took rules after a restart until a text is accepted, which then rules after another") {
  credentials::State state;
  {
    Controller first;
    first.start(kBroken);
    CHECK(first.watched() == Names{"shop"});
    state.texts = first.configuration.texts();
  }
  {
    Controller second;
    second.start(kWorse, state);
    CHECK(second.watched() == Names{"shop"});
    second.erase();
    CHECK(second.watched() == Names{"shop"});
    CHECK(second.in_force().origin == config::SettingsOrigin::FirstStart);
    CHECK(second.configuration.texts() == state.texts);
    second.edit(kGood);
    CHECK(second.in_force().removals_allowed);
    state.texts = second.configuration.texts();
  }
  Controller third;
  third.start(kBroken, state);
  CHECK(third.watched() == Names{"web"});
  CHECK(third.in_force().origin == config::SettingsOrigin::LastAccepted);
}

TEST_CASE("an Event says what rules instead of a broken or absent ConfigMap") {
  Controller controller;
  controller.leads = true;
  SECTION("its own good parts") {
    controller.start(kBroken);
    CHECK_THAT(controller.told(), Catch::Contains("its good parts are used and nothing is removed"));
  }
  SECTION("the good parts of what stood there before") {
    controller.start(kBroken);
    controller.edit(kWorse);
    CHECK_THAT(controller.told(), Catch::Contains("the good parts of the text of the first start stay in force"));
  }
  SECTION("also where it is absent") {
    controller.start(kBroken);
    controller.erase();
    CHECK_THAT(controller.told(), Catch::Contains("the ConfigMap is absent; the good parts of the text"));
  }
  SECTION("an older text, since the newest could not be stored") {
    controller.start(kBroken, credentials::State{.texts = {.accepted = kGood, .is_outdated = true}});
    CHECK_THAT(controller.told(), Catch::Contains("too large for the state Secret, so the one before it is in force"));
    controller.edit(kBetter);
    controller.edit(kBroken);
    CHECK_THAT(controller.told(), Catch::Contains("the last accepted configuration stays in force"));
  }
  SECTION("the text accepted last") {
    controller.start(kGood);
    controller.edit(kBroken);
    CHECK_THAT(controller.told(), Catch::Contains("the last accepted configuration stays in force"));
  }
}

}  // namespace acr::controller
