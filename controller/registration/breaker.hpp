// SPDX-License-Identifier: Apache-2.0
// When a webhook under failurePolicy Fail has been out of reach for so long that Ignore has to be registered, and when
// Fail may come back. Pure.
#pragma once

#include <chrono>
#include <optional>

namespace acr::controller {

/// Opens after kPatience in which no endpoint answered a probe though the API server did, closes after as long in which
/// one always did. Whenever that is in doubt its patience begins anew: while the API server does not answer us either,
/// and where nothing was seen for more than kLongestGap (the machine slept, or this process was starved).
class Breaker {
 public:
  static constexpr std::chrono::seconds kPatience{15};
  static constexpr std::chrono::seconds kLongestGap{10};
  /// Fewer observations prove nothing: a slow probe may fill half of kPatience alone.
  static constexpr int kFewest = 3;

  enum class State {
    Closed,  ///< the policy of the configuration stands
    Open,    ///< Ignore stands in its place
  };

  /// Open: for a new leader that finds Ignore where Fail is wanted.
  explicit Breaker(State state = State::Closed) : state_(state) {}

  /// `now` is boot time, which goes on while the machine sleeps; `answered`: an endpoint answered; `api_ok`: the API
  /// server did (of no interest where an endpoint answered). The state from now on.
  State observe(std::chrono::nanoseconds now, bool answered, bool api_ok);

  [[nodiscard]] State state() const { return state_; }

 private:
  enum class Sight { Doubt, Good, Dead };

  State state_;
  /// The row of equal sights that goes on: since when, how many.
  Sight sight_ = Sight::Doubt;
  std::chrono::nanoseconds since_{};
  int count_ = 0;
  std::optional<std::chrono::nanoseconds> seen_;
};

}  // namespace acr::controller
