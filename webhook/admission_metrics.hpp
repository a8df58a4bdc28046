// SPDX-License-Identifier: Apache-2.0
// What the admission port counts. A counter is looked for by its labels once, and then known.
#pragma once

#include <map>
#include <string_view>
#include <utility>

#include "common/async/awaitable.hpp"
#include "common/base/metrics.hpp"

namespace acr::webhook {

class AdmissionMetrics {
 public:
  explicit AdmissionMetrics(Metrics& metrics);

  /// `target` comes from outside; only known paths become a label.
  void count_request(std::string_view target, unsigned status, async::Clock::duration took);
  void count_decision(std::string_view decision);
  /// An update of this field manager (a word of kube::manager_word()) had taken our entry away.
  void count_restored(std::string_view manager);

 private:
  CounterFamily& requests_;
  HistogramFamily& latency_;
  CounterFamily& decisions_;
  CounterFamily& restored_;
  std::map<std::pair<std::string_view, unsigned>, prometheus::Counter*> by_status_;
  std::map<std::string_view, prometheus::Histogram*> by_path_;
  std::map<std::string, prometheus::Counter*, std::less<>> by_decision_;
};

}  // namespace acr::webhook
