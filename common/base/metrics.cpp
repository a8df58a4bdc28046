// SPDX-License-Identifier: Apache-2.0
#include "common/base/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <optional>
#include <sstream>

#include "acr_version.hpp"

namespace acr {
namespace {

std::string header(const std::string& name, const std::string& help, const char* type) {
  return "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void write(std::ostream& out, const std::string& name, const std::string& help, const char* type,
           std::optional<double> value) {
  if (value) out << header(name, help, type) << name << " " << *value << "\n";
}

/// In pages of memory: the whole address space, and what of it is in memory.
struct Pages {
  double all = 0;
  double resident = 0;
};

Pages read_pages() {
  std::ifstream statm("/proc/self/statm");
  Pages pages;
  statm >> pages.all >> pages.resident;
  return pages;
}

std::optional<double> count_open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(files), end(files)) - 1);  // one is that of this look
}

std::optional<double> most_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

/// The process_* families that every dashboard has; read at each scrape.
std::string process_lines() {
  const auto pages = read_pages();
  const auto page_size = static_cast<double>(sysconf(_SC_PAGESIZE));
  std::ostringstream out;
  write(out, "process_cpu_seconds_total", "User and system CPU time spent.", "counter",
        static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
  out << std::fixed << std::setprecision(0);
  write(out, "process_resident_memory_bytes", "Resident memory size.", "gauge", pages.resident * page_size);
  write(out, "process_virtual_memory_bytes", "Virtual memory size.", "gauge", pages.all * page_size);
  write(out, "process_open_fds", "Open file descriptors.", "gauge", count_open_files());
  write(out, "process_max_fds", "Most file descriptors that may be open.", "gauge", most_open_files());
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
  describe(name, help, "counter");
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
}

GaugeFamily& Metrics::gauge(const std::string& name, const std::string& help) {
  describe(name, help, "gauge");
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
}

HistogramFamily& Metrics::histogram(const std::string& name, const std::string& help) {
  describe(name, help, "histogram");
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
}

void Metrics::describe(const std::string& name, const std::string& help, const char* type) {
  headers_.try_emplace(name, header(name, help, type));
}

std::string Metrics::render() const {
  const auto families = registry_.Collect();
  auto unseen = headers_;
  for (const auto& family : families) unseen.erase(family.name);
  auto text = prometheus::TextSerializer{}.Serialize(families);
  for (const auto& [name, lines] : unseen) text += lines;
  return text + process_lines();
}

}  // namespace acr
