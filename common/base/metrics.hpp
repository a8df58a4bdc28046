// SPDX-License-Identifier: Apache-2.0
// Metric families and their text form, over prometheus-cpp. Label values are bounded words, never names of pods,
// images or namespaces.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

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

  /// The Prometheus text format 0.0.4, process metrics included.
  [[nodiscard]] std::string render() const;

 private:
  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
};

}  // namespace acr
