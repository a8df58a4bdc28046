// SPDX-License-Identifier: Apache-2.0
// A warning about what a peer can cause as often as it likes: told now and then, with how often.
#pragma once

#include <string_view>

#include "common/async/awaitable.hpp"
#include "common/base/log.hpp"

namespace acr::http {

class RareWarning {
 public:
  explicit RareWarning(std::string_view sentence) : sentence_(sentence) {}

  /// Writes a line, but none for 10 s after the last one; `times` counts those that were not told too.
  void tell(log::Field detail) {
    ++times_;
    const auto now = async::Clock::now();
    if (now < quiet_until_) return;
    log::warn(sentence_, {std::move(detail), log::kv("times", times_)});
    quiet_until_ = now + std::chrono::seconds(10);
    times_ = 0;
  }

 private:
  std::string_view sentence_;
  unsigned long long times_ = 0;
  async::Deadline quiet_until_{};
};

}  // namespace acr::http
