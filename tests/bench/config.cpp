// SPDX-License-Identifier: Apache-2.0
// Time and memory for a ConfigMap as large as the API server takes: 1 MiB with 5,000 instances. Beside it, in the same
// run, what a general YAML library needs to load the same text into its tree.
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "common/config/parse.hpp"
#include "tests/bench/counted_memory.hpp"
#include "tests/fakes/hostile_values.hpp"

namespace {

using acr::config::kMaxDataBytes;

constexpr int kInstances = 5000;
constexpr int kRounds = 9;
constexpr double kMostMilliseconds = 200;
constexpr double kMostMemory = 10;

struct Figures {
  double milliseconds = 0;
  /// Peak of what was allocated above the text, in sizes of the text.
  double memory = 0;
};

/// A block list as people write it, filled up with comments to the size.
std::string build_block_list(std::size_t size) {
  std::string text;
  for (int i = 0; i < kInstances; ++i) {
    text += fmt::format(
        "- instanceId: \"cri-{:016x}\"\n"
        "  regionId: {}\n"
        "  domains: \"team{}-registry.cn-hangzhou.cr.aliyuncs.com,team{}-registry-vpc.cn-hangzhou.cr.aliyuncs.com\"\n",
        static_cast<unsigned>(i) * 2654435761U, i % 3 == 0 ? "cn-shanghai" : "cn-hangzhou", i, i);
    if (i % 10 == 0) text += "  assumeRoleARN: acs:ram::1000000000000002:role/pull  # of the other account\n";
    if (i % 10 == 0) text += "  expireDuration: 3600\n";
  }
  while (text.size() + 40 < size) text += "# a line of documentation, as in many\n";
  return text + std::string(size - text.size(), '#');
}

/// The same as compact JSON.
std::string build_json_list(std::size_t size) {
  std::string text = "[";
  for (int i = 0; i < kInstances; ++i) {
    text += fmt::format(
        R"({}{{"instanceId":"cri-{:016x}","regionId":"cn-hangzhou","domains":"team{}-registry.cn-hangzhou.cr.aliyuncs.com,)"
        R"(team{}-registry-vpc.cn-hangzhou.cr.aliyuncs.com"}})",
        i == 0 ? "" : ",", static_cast<unsigned>(i) * 2654435761U, i, i);
  }
  text += "]\n";
  return text + std::string(size - text.size(), '\n');
}

template <class Run>
Figures measure(std::size_t text_size, Run run) {
  std::vector<double> times;
  Figures figures;
  for (int round = 0; round < kRounds; ++round) {
    const auto before = acr::bench::used_bytes();
    acr::bench::reset_peak();
    const auto start = std::chrono::steady_clock::now();
    run();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    figures.memory = static_cast<double>(acr::bench::peak_bytes() - before) / static_cast<double>(text_size);
  }
  std::nth_element(times.begin(), times.begin() + kRounds / 2, times.end());
  figures.milliseconds = times[kRounds / 2];
  return figures;
}

double peak_resident_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// By how much the peak of the resident memory grows, in a process of its own: a peak never goes down again.
template <class Run>
double measure_resident(Run run) {
  malloc_trim(0);
  int ends[2] = {};
  if (pipe(ends) != 0) return 0;
  const auto child = fork();
  if (child == 0) {
    const auto before = peak_resident_mebibytes();
    run();
    const auto growth = peak_resident_mebibytes() - before;
    const bool is_told = write(ends[1], &growth, sizeof growth) == sizeof growth;
    _exit(is_told ? 0 : 1);
  }
  double growth = 0;
  if (read(ends[0], &growth, sizeof growth) != sizeof growth) growth = 0;
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  return growth;
}

/// True if the bounds are kept.
bool compare(std::string_view form, const std::string& list, int instances) {
  const std::map<std::string, std::string> data{{"acr-registry-info", list}};
  std::size_t found = 0;
  const auto parse = [&] {
    const auto parsed = acr::config::parse_settings(data, {}, {.default_region = "cn-hangzhou"});
    found = parsed.has_errors() ? 0 : parsed.settings.instances.size();
  };
  const auto resident = measure_resident(parse);
  const auto ours = measure(list.size(), parse);
  const auto tree = measure(list.size(), [&list] { YAML::Load(list); });
  const bool is_kept = found == static_cast<std::size_t>(instances) && ours.milliseconds < kMostMilliseconds &&
                       ours.memory < kMostMemory;
  fmt::print("{:<12} {:>9} {:>9} {:>9.1f} {:>8.2f} {:>9.1f} {:>9.1f} {:>8.2f} {:>9.2f} {:>9.2f}  {}\n", form,
             list.size(), found, ours.milliseconds, ours.memory, resident, tree.milliseconds, tree.memory,
             ours.milliseconds / tree.milliseconds, ours.memory / tree.memory, is_kept ? "ok" : "BROKEN");
  return is_kept;
}

/// True if no value written to hurt takes more than the bounds for such.
bool check_hostile_values() {
  constexpr double kMostHostileMilliseconds = 500;
  constexpr double kMostHostileMemory = 32;
  fmt::print("\nvalues written to hurt; bounds {} ms and {} x\n{:<44} {:>8} {:>8}\n", kMostHostileMilliseconds,
             kMostHostileMemory, "value", "ms", "memory");
  bool is_kept = true;
  for (const auto& value : acr::fakes::build_hostile_values(kMaxDataBytes)) {
    const auto figures = measure(
        kMaxDataBytes, [&value] { acr::config::parse_settings(value.data, {}, {.default_region = "cn-hangzhou"}); });
    const bool is_good = figures.milliseconds < kMostHostileMilliseconds && figures.memory < kMostHostileMemory;
    fmt::print("{:<44} {:>8.1f} {:>8.2f}  {}\n", value.title, figures.milliseconds, figures.memory,
               is_good ? "ok" : "BROKEN");
    is_kept &= is_good;
  }
  return is_kept;
}

}  // namespace

int main() {
  fmt::print("parse_settings of a full ConfigMap, median of {} rounds; bounds {} ms and {} x\n", kRounds,
             kMostMilliseconds, kMostMemory);
  fmt::print("memory: peak allocated above the text, in sizes of the text; RSS: growth of the peak in MiB\n");
  fmt::print("{:<12} {:>9} {:>9} {:>9} {:>8} {:>9} {:>9} {:>8} {:>9} {:>9}\n", "form", "bytes", "instances", "ms",
             "memory", "RSS MiB", "YAML ms", "memory", "ms ratio", "mem ratio");
  bool is_kept = compare("block list", build_block_list(kMaxDataBytes), kInstances);
  is_kept &= compare("JSON", build_json_list(kMaxDataBytes), kInstances);
  is_kept &= check_hostile_values();
  return is_kept ? 0 : 1;
}
