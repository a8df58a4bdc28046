// SPDX-License-Identifier: Apache-2.0
// Another client undoes our writes: when the next one goes out, when it is told, what is remembered.
#include "controller/fight_detector.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

namespace acr::controller {
namespace {

using namespace std::chrono_literals;
using async::Deadline;

const kube::ObjectKey kWeb{"shop", "web"};
const kube::ObjectKey kOther{"shop", "other"};
constexpr Deadline kStart{1h};

/// A client that sets the object back at fixed times, and we who answer each undoing when we may.
struct Duel {
  std::chrono::seconds every;
  std::chrono::seconds lasts;
  FightDetector fights{};
  std::vector<Deadline> writes = {};
  std::vector<async::Clock::duration> answered_after = {};

  void play() {
    bool bound = true;
    Deadline may_write{};
    Deadline undone{};
    for (auto now = kStart; now < kStart + lasts; now += 100ms) {
      if (bound && (now - kStart) % every == 0ms) {
        fights.note_undone(kWeb, now);
        may_write = fights.write_at(kWeb, now);
        undone = now;
        bound = false;
      }
      if (!bound && may_write <= now) {
        writes.push_back(now);
        answered_after.push_back(now - undone);
        bound = true;
      }
    }
  }
};

}  // namespace

TEST_CASE("an object that nobody fights over is written at once") {
  const FightDetector fights;
  CHECK(fights.write_at(kWeb, kStart) == kStart);
}

TEST_CASE("the first undoing is put right at once, then ever more slowly, never later than the longest pause (WR-4)") {
  FightDetector fights;
  std::vector<async::Clock::duration> pauses;
  for (int i = 0; i < 12; ++i) {
    fights.note_undone(kWeb, kStart);
    pauses.push_back(fights.write_at(kWeb, kStart) - kStart);
  }
  CHECK(pauses[0] == 0s);
  CHECK(pauses[1] == 1s);
  CHECK(pauses[2] == 2s);
  CHECK(pauses[3] == 4s);
  CHECK(pauses[7] > 59s);
  CHECK(pauses[11] == pauses[7]);
  CHECK(fights.write_at(kWeb, kStart + 1h) == kStart + 1h);
  CHECK(fights.write_at(kOther, kStart) == kStart);
}

TEST_CASE("a tool that sets the object back every few minutes is answered at once for ever") {
  FightDetector fights;
  for (int i = 0; i < 500; ++i) {
    const auto now = kStart + i * 2min;
    fights.note_undone(kWeb, now);
    REQUIRE(fights.write_at(kWeb, now) == now);
  }
}

TEST_CASE(
    "C-04: a list reset every ten seconds for ten minutes costs at most 30 writes, the first answered within 5 s") {
  Duel duel{.every = 10s, .lasts = 10min};
  duel.play();
  CHECK(duel.writes.size() <= 30);
  CHECK(duel.writes.size() >= 8);
  for (std::size_t i = 0; i < 4; ++i) CHECK(duel.answered_after.at(i) <= 5s);
}

TEST_CASE("C-08: a Secret rewritten every 30 seconds for ten minutes costs at most 20 writes") {
  Duel duel{.every = 30s, .lasts = 10min};
  duel.play();
  CHECK(duel.writes.size() <= 19);  // and the first of all, before the other came
}

TEST_CASE("the third, sixth, twelfth undoing is told, each once, however slowly they come") {
  FightDetector fights;
  std::vector<int> told;
  for (int i = 1; i <= 25; ++i) {
    fights.note_undone(kWeb, kStart + i * 10min);
    if (fights.take_turn_to_tell(kWeb)) told.push_back(i);
    CHECK_FALSE(fights.take_turn_to_tell(kWeb));
  }
  CHECK(told == std::vector<int>{3, 6, 12, 24});
  CHECK_FALSE(fights.take_turn_to_tell(kOther));
}

TEST_CASE("an object that is gone, or was left alone for long, begins in peace") {
  FightDetector fights;
  for (int i = 0; i < 5; ++i) fights.note_undone(kWeb, kStart);
  fights.set_opponent(kWeb, "helm");
  CHECK(fights.opponent(kWeb) == "helm");
  SECTION("gone") {
    fights.forget(kWeb);
    CHECK(fights.write_at(kWeb, kStart) == kStart);
    CHECK(fights.size() == 0);
    CHECK(fights.opponent(kWeb).empty());
  }
  SECTION("quiet for long") {
    fights.note_undone(kWeb, kStart + FightDetector::kForgetAfter + 1s);
    CHECK_FALSE(fights.take_turn_to_tell(kWeb));
    CHECK(fights.opponent(kWeb).empty());
  }
}

TEST_CASE("so many objects are remembered and no more, and those that were quiet longest are forgotten first") {
  FightDetector fights;
  for (int twice = 0; twice < 2; ++twice) fights.note_undone(kWeb, kStart + 1s);
  for (std::size_t i = 0; i < FightDetector::kCapacity; ++i) {
    for (int twice = 0; twice < 2; ++twice) fights.note_undone({"n", std::to_string(i)}, kStart + 2s);
    if (i == 0) fights.note_undone(kWeb, kStart + 3s);
  }
  CHECK(fights.size() == FightDetector::kCapacity);
  CHECK(fights.write_at(kWeb, kStart + 3s) > kStart + 3s);
  CHECK(fights.write_at({"n", "0"}, kStart + 2s) == kStart + 2s);
  fights.note_undone(kOther, kStart + 3h);
  CHECK(fights.size() == 1);
}

TEST_CASE("over any sequence of undoings the answers stay few, none waits too long, and no object disturbs another") {
  std::mt19937 random(20261);
  for (int round = 0; round < 500; ++round) {
    FightDetector fights;
    auto now = kStart;
    std::vector<Deadline> writes;
    for (int i = 0; i < 200; ++i) {
      // Another object's fight in between must not count.
      if (random() % 3 == 0) fights.note_undone(kOther, now);
      fights.note_undone(kWeb, now);
      const auto at = fights.write_at(kWeb, now);
      REQUIRE(at >= now);
      REQUIRE(at - now <= FightDetector::kLongestPause);
      writes.push_back(at);
      now = at + std::chrono::milliseconds(random() % (1 + random() % 200'000));
    }
    // In any window: a burst, and what peace or the longest pause allows.
    for (std::size_t first = 0; first < writes.size(); first += 7) {
      for (std::size_t last = first; last < writes.size(); last += 5) {
        const auto window = std::chrono::duration<double>(writes[last] - writes[first]);
        const auto allowed = 9 + window.count() / 59;
        REQUIRE(static_cast<double>(last - first) <= allowed);
      }
    }
  }
}

}  // namespace acr::controller
