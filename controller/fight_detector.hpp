// SPDX-License-Identifier: Apache-2.0
// How often somebody undid what we had written, and how long the next write has to wait for it: no endless duel with a
// tool that is as sure of itself as we are (WR-4). Pure: time is an argument.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "common/async/awaitable.hpp"
#include "common/kube/object.hpp"

namespace acr::controller {

/// Each undoing raises the level of its object by one; the level sinks by one in kSinkTime. Up to one undoing in that
/// time is therefore always put right at once, a faster series ever more slowly: after 0, 1, 2, 4 ... s, at most the
/// longest pause. That is also how soon an object is right again once the other has stopped.
class FightDetector {
 public:
  static constexpr std::chrono::minutes kSinkTime{2};
  static constexpr std::chrono::seconds kFirstPause{1};
  static constexpr std::chrono::seconds kLongestPause{60};
  /// After so long without an undoing an object is forgotten.
  static constexpr std::chrono::hours kForgetAfter{1};
  /// So many objects are remembered; one more makes it forget the one that has been left in peace longest.
  static constexpr std::size_t kCapacity = 10'000;
  /// The third undoing is told, then the sixth, the twelfth, the 24th ...
  static constexpr int kFirstTold = 3;

  explicit FightDetector(std::chrono::seconds longest_pause = kLongestPause) : longest_pause_(longest_pause) {}

  /// Somebody undid what we had written in the object.
  void note_undone(const kube::ObjectKey& key, async::Deadline now);

  /// When the object may be written again: at once (`now`) where nobody fights.
  [[nodiscard]] async::Deadline write_at(const kube::ObjectKey& key, async::Deadline now) const;

  /// Is it time to tell of this object? True once for each number of undoings that is told.
  bool take_turn_to_tell(const kube::ObjectKey& key);

  /// The object is gone for good: one that is made anew under the same name begins in peace.
  void forget(const kube::ObjectKey& key);

  /// Remembers a word for who undoes it, until the object is forgotten; `word` must outlive the detector.
  void set_opponent(const kube::ObjectKey& key, std::string_view word);
  /// Empty if none is known.
  [[nodiscard]] std::string_view opponent(const kube::ObjectKey& key) const;

  [[nodiscard]] std::size_t size() const { return fights_.size(); }

 private:
  struct Fight {
    double level = 0;
    async::Deadline seen{};  ///< the last undoing
    async::Deadline write_at{};
    int undone = 0;
    int tell_at = kFirstTold;
    std::string_view opponent = {};
  };
  using Fights = std::map<kube::ObjectKey, Fight>;

  [[nodiscard]] double highest_level() const;
  [[nodiscard]] async::Clock::duration pause_at(double level) const;
  void make_room();
  void drop_oldest();
  void drop(Fights::iterator fight);

  std::chrono::seconds longest_pause_;
  Fights fights_;
  std::set<std::pair<async::Deadline, kube::ObjectKey>> by_time_;  ///< by `seen`
};

}  // namespace acr::controller
