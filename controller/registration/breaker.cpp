// SPDX-License-Identifier: Apache-2.0
#include "controller/registration/breaker.hpp"

#include <utility>

namespace acr::controller {

Breaker::State Breaker::observe(std::chrono::nanoseconds now, bool answered, bool api_ok) {
  const auto before = std::exchange(seen_, now);
  const bool goes_on = before && now >= *before && now - *before <= kLongestGap;
  const auto sight = answered ? Sight::Good : api_ok ? Sight::Dead : Sight::Doubt;
  if (!goes_on || sight != sight_) {
    // The last answer is the last moment at which the webhook is known to have lived.
    const bool died = goes_on && sight == Sight::Dead && sight_ == Sight::Good;
    since_ = died ? *before : now;
    count_ = 0;
    sight_ = sight;
  }
  ++count_;
  const auto turning = state_ == State::Closed ? Sight::Dead : Sight::Good;
  if (sight == turning && count_ >= kFewest && now - since_ >= kPatience)
    state_ = state_ == State::Closed ? State::Open : State::Closed;
  return state_;
}

}  // namespace acr::controller
