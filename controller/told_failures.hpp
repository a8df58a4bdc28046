// SPDX-License-Identifier: Apache-2.0
// Which failures of an instance are worth an Event. Pure but for what it remembers.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/base/error.hpp"

namespace acr::controller {

class ToldFailures {
 public:
  /// The `failures`-th failure in a row of an instance. A fault that heals within a few seconds is told nobody: what
  /// the next try may heal is told from the 3rd failure on, what the user must mend or nobody has told yet since the
  /// last success at once; then at the 2nd, 4th, 8th ... after that.
  bool is_news(const std::string& instance_key, int failures, const Error& error);
  /// It has a login again.
  void forget(const std::string& instance_key) { told_.erase(instance_key); }
  /// Others are configured no more.
  void forget_all_but(const std::set<std::string>& instance_keys) {
    std::erase_if(told_, [&](const auto& entry) { return !instance_keys.contains(entry.first); });
  }

 private:
  using What = std::pair<ErrorKind, std::string>;
  std::map<std::string, std::set<What>> told_;  ///< since the last success
};

}  // namespace acr::controller
