// SPDX-License-Identifier: Apache-2.0
// Metric families and their text form, over prometheus-cpp. Label values are bounded words, never names of pods,
// images or namespaces.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <string>

namespace acr {

using Labels = prometheus::Labels;
using CounterFamily = prometheus::Family<prometheus::Counter>;
using GaugeFamily = prometheus::Family<prometheus::Gauge>;
using HistogramFamily = prometheus::Family<prometheus::Histogram>;

/// The families of one process. Owns them; the references it gives live as long as it does.
class Metrics {
 public:
  /// Registers acr_build_info{version,component} = 1 and the process start time.
  explicit Metrics(const std::string& component);

  /// Asking twice for one name gives the same family.
  CounterFamily& counter(const std::string& name, const std::string& help);
  GaugeFamily& gauge(const std::string& name, const std::string& help);
  HistogramFamily& histogram(const std::string& name, const std::string& help);

  /// The Prometheus text format 0.0.4, process metrics included. A family that has nothing to show yet stands there by
  /// its HELP and TYPE: so one look tells all that a process may ever show.
  [[nodiscard]] std::string render() const;

 private:
  void describe(const std::string& name, const std::string& help, const char* type);

  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
  std::map<std::string, std::string> headers_;  ///< HELP and TYPE of each family by its name
};

}  // namespace acr
