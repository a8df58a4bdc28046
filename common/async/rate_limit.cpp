// SPDX-License-Identifier: Apache-2.0
#include "common/async/rate_limit.hpp"

#include <algorithm>

namespace acr::async {

RateLimit::RateLimit(double per_second, double burst)
    : per_second_(per_second), burst_(std::max(burst, 1.0)), tokens_(burst_) {}

void RateLimit::refill(Deadline now) {
  if (refilled_at_ != Deadline{} && now > refilled_at_) {
    const std::chrono::duration<double> passed = now - refilled_at_;
    tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
  }
  refilled_at_ = std::max(now, refilled_at_);
}

Deadline RateLimit::reserve(Deadline now) {
  if (per_second_ <= 0) return now;
  refill(now);
  tokens_ -= 1;
  if (tokens_ >= 0) return now;
  // Those who wait stand in debt, each one place behind the other.
  const std::chrono::duration<double> wait{-tokens_ / per_second_};
  return now + std::chrono::ceil<std::chrono::nanoseconds>(wait);
}

Deadline RateLimit::next_place(Deadline now) const {
  auto copy = *this;
  return copy.reserve(now);
}

bool RateLimit::try_take(Deadline now) {
  if (per_second_ <= 0) return true;
  refill(now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace acr::async
