// SPDX-License-Identifier: Apache-2.0
// What is remembered of the texts that ruled, while edits, restarts and other writers come and go.
#include "common/config/text_memory.hpp"

#include <catch2/catch.hpp>

namespace acr::config {
namespace {

using Data = std::map<std::string, std::string>;
using Names = std::vector<std::string>;

const Data kGood{{"watch-namespace", "web"}};
const Data kBetter{{"watch-namespace", "web,shop"}};
const Data kBroken{{"watch-namespace", "shop"}, {"expiring-threshold", "soon"}};
const Data kWorse{{"watch-namespace", "x"}, {"expiring-threshold", "never"}};

ConfigMapText text(Data data, std::set<std::string> binary_keys = {}) {
  return {.data = std::move(data), .binary_keys = std::move(binary_keys)};
}

struct Process {
  TextMemory memory;

  InForce judge(const std::optional<ConfigMapText>& config_map) { return memory.judge(config_map, "cn-hangzhou"); }
  Names watched(const std::optional<ConfigMapText>& config_map) {
    return judge(config_map).settings.watch_namespaces.patterns;
  }
};

/// A process that starts with what the state Secret kept.
Process started_from(const Remembered& stored, bool is_writer = false) {
  Process process;
  process.memory.adopt(stored, is_writer);
  return process;
}

}  // namespace

TEST_CASE("a list that stands in binaryData is no list however often it is judged") {
  Process process;
  const auto hidden = text({{"watch-namespace", "web"}}, {"acr-registry-info"});
  for (int i = 0; i < 3; ++i) {
    const auto in_force = process.judge(hidden);
    CHECK(in_force.origin == SettingsOrigin::FirstStart);
    CHECK(in_force.settings.instances.empty());
    CHECK_FALSE(in_force.removals_allowed);
  }
  CHECK(process.judge(std::nullopt).settings.instances.empty());
  CHECK(process.judge(text({}, {"acr-registry-info", "logo.png"})).settings.instances.empty());
  CHECK(process.judge(text(kGood)).origin == SettingsOrigin::ConfigMap);
}

TEST_CASE("what a first start took rules over restarts until a text is accepted") {
  Process first;
  CHECK(first.watched(text(kBroken)) == Names{"shop"});
  CHECK_FALSE(first.memory.texts().accepted);
  CHECK(first.memory.texts().first_start == text(kBroken));

  auto second = started_from(first.memory.texts());
  CHECK(second.watched(text(kWorse)) == Names{"shop"});
  CHECK(second.watched(std::nullopt) == Names{"shop"});
  CHECK(second.judge(text(kWorse)).origin == SettingsOrigin::FirstStart);
  CHECK_FALSE(second.judge(text(kBroken)).removals_allowed);
  CHECK(second.memory.texts() == first.memory.texts());

  CHECK(second.watched(text(kGood)) == Names{"web"});
  CHECK(second.memory.texts() == Remembered{.accepted = kGood});
  auto third = started_from(second.memory.texts());
  CHECK(third.watched(text(kBroken)) == Names{"web"});
}

TEST_CASE("a restart while the ConfigMap is absent goes on with what the first start took") {
  auto process = started_from({.first_start = text({{"watch-namespace", "shop"}}, {"acr-registry-info"})});
  const auto in_force = process.judge(std::nullopt);
  CHECK(in_force.origin == SettingsOrigin::FirstStart);
  CHECK(in_force.settings.instances.empty());
  CHECK(in_force.settings.watch_namespaces.patterns == Names{"shop"});
}

TEST_CASE("a takeover: what another process has accepted since is adopted once") {
  auto standby = started_from({.accepted = kGood});
  CHECK(standby.watched(text(kBroken)) == Names{"web"});
  standby.memory.adopt({.accepted = kBetter}, false);  // an edit that fell into a gap of our watch
  CHECK(standby.watched(text(kBroken)) == Names{"web", "shop"});
  CHECK(standby.watched(text(kGood)) == Names{"web"});
  standby.memory.adopt({.accepted = kBetter}, false);  // the writer has not seen that edit yet: no news
  CHECK(standby.watched(text(kBroken)) == Names{"web"});
}

TEST_CASE("a takeover: an accepted text ends what a first start began here, and none is forgotten for nothing") {
  Process standby;
  standby.judge(text(kBroken));
  standby.memory.adopt({.accepted = kGood}, false);
  CHECK(standby.memory.texts() == Remembered{.accepted = kGood});
  standby.memory.adopt({}, false);  // somebody deleted the state Secret
  CHECK(standby.memory.texts() == Remembered{.accepted = kGood});
  standby.memory.adopt({.first_start = text(kBroken)}, false);
  CHECK(standby.memory.texts() == Remembered{.accepted = kGood});
}

TEST_CASE("a takeover: of two first starts that of the writer counts") {
  Process standby;
  standby.judge(text(kWorse));
  standby.memory.adopt({.first_start = text(kBroken)}, false);
  CHECK(standby.watched(text(kWorse)) == Names{"shop"});
}

TEST_CASE("the writer of the state Secret takes nothing from it that it knows better") {
  auto writer = started_from({.accepted = kGood}, true);
  CHECK(writer.watched(std::nullopt) == Names{"web"});
  CHECK(writer.watched(text(kBetter)) == Names{"web", "shop"});
  writer.memory.adopt({.accepted = kWorse}, true);
  CHECK(writer.watched(text(kBroken)) == Names{"web", "shop"});

  auto beginner = started_from({.first_start = text(kBroken)}, true);
  beginner.memory.adopt({.first_start = text(kWorse)}, true);
  CHECK(beginner.watched(std::nullopt) == Names{"shop"});
}

TEST_CASE("a takeover: what was passed over while this process believed to be the writer is news once it is not") {
  auto deposed = started_from({.accepted = kGood}, true);
  CHECK(deposed.watched(text(kBroken)) == Names{"web"});
  deposed.memory.adopt({.accepted = kBetter}, true);  // another leader's, by an edit that fell into a gap of our watch
  CHECK(deposed.watched(text(kBroken)) == Names{"web"});
  deposed.memory.adopt({.accepted = kBetter}, false);
  CHECK(deposed.watched(text(kBroken)) == Names{"web", "shop"});
  deposed.memory.adopt({.accepted = kBetter}, true);  // it leads again, and writes what it knows
  CHECK(deposed.memory.texts() == Remembered{.accepted = kBetter});

  auto beginner = started_from({.first_start = text(kBroken)}, true);
  beginner.memory.adopt({.first_start = text(kWorse)}, true);
  beginner.memory.adopt({.first_start = text(kWorse)}, false);
  CHECK(beginner.watched(std::nullopt) == Names{"x"});
}

TEST_CASE("what the writer itself has written is no news when it writes no more") {
  auto writer = started_from({.accepted = kGood}, true);
  writer.judge(text(kBetter));
  writer.memory.adopt({.accepted = kBetter}, true);  // its own write
  writer.memory.adopt({.accepted = kBetter}, false);
  writer.judge(text(kGood));
  writer.memory.adopt({.accepted = kBetter}, false);  // the new writer has not seen that edit yet
  CHECK(writer.memory.texts() == Remembered{.accepted = kGood});
}

TEST_CASE("the text in force is the accepted one, else that of the first start") {
  CHECK_FALSE(Process{}.memory.ruling());
  CHECK(started_from({.first_start = text(kBroken, {"rrsa"})}).memory.ruling() == text(kBroken, {"rrsa"}));
  CHECK(started_from({.accepted = kGood}).memory.ruling() == text(kGood));
}

}  // namespace acr::config
