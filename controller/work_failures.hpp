// SPDX-License-Identifier: Apache-2.0
// What work fails at: counted, logged ever more rarely, and remembered for whoever asks why an object is not served.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "common/base/error.hpp"
#include "common/base/metrics.hpp"
#include "controller/work_key.hpp"

namespace acr::controller {

class WorkFailures {
 public:
  /// `retries` counts the failures by kind of work, and must outlive it.
  explicit WorkFailures(CounterFamily& retries) : retries_(retries) {}

  /// `failures` is how many there were in a row, `pause` how long it is until the next try.
  void note(const WorkKey& key, const Error& error, int failures, std::chrono::milliseconds pause);
  /// It worked, or is not to be done any more.
  void forget(const WorkKey& key) { messages_.erase(key); }
  void clear() { messages_.clear(); }

  /// The message of the last failure. Empty if the work did not fail, or if very many others do: a few hundred are
  /// remembered.
  [[nodiscard]] std::string find(const WorkKey& key) const;

 private:
  CounterFamily& retries_;
  std::map<WorkKey, std::string> messages_;
};

}  // namespace acr::controller
