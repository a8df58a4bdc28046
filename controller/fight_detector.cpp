// SPDX-License-Identifier: Apache-2.0
#include "controller/fight_detector.hpp"

#include <algorithm>
#include <cmath>

namespace acr::controller {
namespace {

using Seconds = std::chrono::duration<double>;

}  // namespace

/// The level whose pause is the longest: more would only lengthen the peace talks.
double FightDetector::highest_level() const {
  return 2 + std::log2(Seconds(longest_pause_) / Seconds(kFirstPause));
}

async::Clock::duration FightDetector::pause_at(double level) const {
  if (level <= 1) return {};
  const auto pause = Seconds(kFirstPause) * std::exp2(level - 2);
  return std::chrono::duration_cast<async::Clock::duration>(std::min<Seconds>(pause, longest_pause_));
}

void FightDetector::note_undone(const kube::ObjectKey& key, async::Deadline now) {
  if (!fights_.contains(key)) make_room();
  while (!by_time_.empty() && now - by_time_.begin()->first > kForgetAfter) drop_oldest();
  auto& fight = fights_[key];
  by_time_.erase({fight.seen, key});
  const double sunk = fight.undone == 0 ? 0 : Seconds(now - fight.seen) / Seconds(kSinkTime);
  fight.level = std::min(std::max(fight.level - sunk, 0.0) + 1, highest_level());
  fight.seen = now;
  fight.write_at = now + pause_at(fight.level);
  ++fight.undone;
  by_time_.insert({now, key});
}

async::Deadline FightDetector::write_at(const kube::ObjectKey& key, async::Deadline now) const {
  const auto fight = fights_.find(key);
  return fight == fights_.end() ? now : std::max(fight->second.write_at, now);
}

bool FightDetector::take_turn_to_tell(const kube::ObjectKey& key) {
  const auto found = fights_.find(key);
  if (found == fights_.end() || found->second.undone < found->second.tell_at) return false;
  found->second.tell_at = 2 * std::max(found->second.tell_at, found->second.undone);
  return true;
}

void FightDetector::forget(const kube::ObjectKey& key) {
  if (const auto fight = fights_.find(key); fight != fights_.end()) drop(fight);
}

void FightDetector::set_opponent(const kube::ObjectKey& key, std::string_view word) {
  if (const auto fight = fights_.find(key); fight != fights_.end()) fight->second.opponent = word;
}

std::string_view FightDetector::opponent(const kube::ObjectKey& key) const {
  const auto fight = fights_.find(key);
  return fight == fights_.end() ? std::string_view{} : fight->second.opponent;
}

void FightDetector::make_room() {
  if (by_time_.size() >= kCapacity) drop_oldest();
}

void FightDetector::drop_oldest() {
  drop(fights_.find(by_time_.begin()->second));
}

void FightDetector::drop(Fights::iterator fight) {
  by_time_.erase({fight->second.seen, fight->first});
  fights_.erase(fight);
}

}  // namespace acr::controller
