// SPDX-License-Identifier: Apache-2.0
#include "common/base/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <sstream>

#include "acr_version.hpp"

#include <unistd.h>

namespace acr {
namespace {

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// The two process_* families that every dashboard has; read at each scrape.
std::string process_lines() {
  std::ostringstream out;
  out << "# HELP process_cpu_seconds_total User and system CPU time spent.\n# TYPE process_cpu_seconds_total counter\n"
      << "process_cpu_seconds_total " << static_cast<double>(std::clock()) / CLOCKS_PER_SEC << "\n"
      << "# HELP process_resident_memory_bytes Resident memory size.\n# TYPE process_resident_memory_bytes gauge\n"
      << "process_resident_memory_bytes " << resident_bytes() << "\n";
  return out.str();
}

}  // namespace

Metrics::Metrics(const std::string& component) {
  gauge("acr_build_info", "Version of the running program; always 1.")
      .Add({{"version", kVersion}, {"component", component}})
      .Set(1);
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.").Add({}).Set(now);
}

CounterFamily& Metrics::counter(const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
}

GaugeFamily& Metrics::gauge(const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
}

HistogramFamily& Metrics::histogram(const std::string& name, const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
}

std::string Metrics::render() const {
  return prometheus::TextSerializer{}.Serialize(registry_.Collect()) + process_lines();
}

}  // namespace acr
