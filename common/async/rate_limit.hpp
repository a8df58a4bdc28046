// SPDX-License-Identifier: Apache-2.0
// A token bucket that says when, not whether. Pure: time comes as an argument.
#pragma once

#include "common/async/awaitable.hpp"

namespace acr::async {

class RateLimit {
 public:
  /// `per_second` <= 0 means no limit; `burst` (at least 1) may go at once.
  RateLimit(double per_second, double burst);

  /// Takes a place and says when it is: `now` or later.
  Deadline reserve(Deadline now);

  /// When reserve() would give a place; takes none.
  [[nodiscard]] Deadline next_place(Deadline now) const;

  /// Takes a place if there is one at `now`.
  bool try_take(Deadline now);

 private:
  void refill(Deadline now);

  double per_second_;
  double burst_;
  double tokens_;
  Deadline refilled_at_{};
};

}  // namespace acr::async
