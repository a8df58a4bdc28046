// SPDX-License-Identifier: Apache-2.0
// Which pull Secret gets new content when, after the logins were renewed: the oldest first, at a rate that the API
// server does not feel. Pure: time is an argument.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/time.hpp"
#include "common/kube/object.hpp"

namespace acr::controller {

/// A pull Secret with older content.
struct StaleSecret {
  std::string namespace_;
  std::string resource_version;
  std::optional<WallTime> expires;    ///< of what it holds now; nullopt = unknown, so it may be long ago
  std::optional<WallTime> refreshed;  ///< when that was written; likewise
};

/// As the annotations of `secret` have it.
StaleSecret read_stale_secret(const kube::SecretInfo& secret);

/// The rate is too low: the last Secret would be written later than it may.
struct RefreshDelay {
  std::size_t secrets = 0;
  std::chrono::milliseconds takes{};
  std::chrono::milliseconds allowed{};
  unsigned needed_qps = 0;  ///< with which it would be in time
};

class RefreshSchedule {
 public:
  /// A moment for each of `stale`, those that expire first first, `qps` a second from `now` on; 0 = all at once, in
  /// that order. What was planned before and is not among them is forgotten.
  void plan(std::vector<StaleSecret> stale, double qps, async::Deadline now);

  /// In the order of their moments.
  [[nodiscard]] const std::vector<std::string>& order() const { return order_; }

  /// When the Secret of a namespace may be written; nullopt = whenever, since it is not planned, or no longer the one
  /// that was: what somebody has changed meanwhile is put right at once.
  [[nodiscard]] std::optional<async::Deadline> slot(const std::string& namespace_name,
                                                    const std::string& resource_version) const;

  /// Set if `secrets` at `qps` a second take longer than a third of the threshold in which logins are renewed.
  static std::optional<RefreshDelay> judge(std::size_t secrets, double qps, std::chrono::milliseconds threshold);

 private:
  struct Slot {
    async::Deadline moment;
    std::string resource_version;
  };
  std::map<std::string, Slot> slots_;
  std::vector<std::string> order_;
};

}  // namespace acr::controller
