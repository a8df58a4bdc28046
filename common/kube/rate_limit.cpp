// SPDX-License-Identifier: Apache-2.0
#include "common/kube/rate_limit.hpp"

#include <algorithm>

namespace acr::kube {

RateLimit::RateLimit(double per_second, double burst)
    : per_second_(per_second), burst_(std::max(burst, 1.0)), tokens_(burst_) {}

void RateLimit::refill(async::Deadline now) {
  if (refilled_at_ != async::Deadline{} && now > refilled_at_) {
    const std::chrono::duration<double> passed = now - refilled_at_;
    tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
  }
  refilled_at_ = std::max(now, refilled_at_);
}

async::Deadline RateLimit::reserve(async::Deadline now) {
  if (per_second_ <= 0) return now;
  refill(now);
  tokens_ -= 1;
  if (tokens_ >= 0) return now;
  // Those who wait stand in debt, each one place behind the other.
  const std::chrono::duration<double> wait{-tokens_ / per_second_};
  return now + std::chrono::ceil<std::chrono::nanoseconds>(wait);
}

bool RateLimit::try_take(async::Deadline now) {
  if (per_second_ <= 0) return true;
  refill(now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace acr::kube
