// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/run.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "common/base/flags.hpp"
#include "common/base/text.hpp"
#include "common/config/regions.hpp"
#include "controller/config_check/print.hpp"

namespace acr::controller {
namespace {

constexpr std::string_view kStandardInput = "-";

/// At most one byte more than is used, so that too much is told from enough.
Result<std::string> read_file(const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(nullptr, std::fclose);
  std::FILE* file = stdin;
  if (path != kStandardInput) {
    opened.reset(std::fopen(path.c_str(), "rbe"));
    if (!opened) return fail({.message = std::strerror(errno)});
    file = opened.get();
  }
  std::string text;
  char chunk[16384];
  while (text.size() <= kMaxFileBytes) {
    const auto count = std::fread(chunk, 1, sizeof chunk, file);
    if (count == 0) break;
    text.append(chunk, count);
  }
  if (std::ferror(file) != 0) return fail({.message = std::strerror(errno)});
  return text;
}

int refuse(const std::string& path, const std::string& reason) {
  fmt::print(stderr, "acr-controller: {}: {}\n", show_path(path), reason);
  return kExitUsage;
}

int refuse_previous(const std::string& path, const std::string& reason) {
  return refuse("--previous " + show_path(path), reason);
}

/// The first thing for which the API server would not have taken it.
std::string find_refusal(const ConfigMapFile& previous) {
  for (const auto& fault : previous.faults) {
    if (fault.severity != config::Severity::Error) continue;
    return fmt::format(
        "line {} column {}: {}; the API server would not take such a file, so it cannot be what is in force",
        fault.line, fault.column, fault.message);
  }
  return {};
}

}  // namespace

std::string show_path(const std::string& path) {
  return path == kStandardInput ? "<stdin>" : path;
}

std::string warn_of_region(const std::string& region) {
  const auto similar = config::find_similar_regions(to_lower(region));
  if (similar.empty()) return {};
  return fmt::format("--region: {} is no region that is known: did you mean {}?", printable(region), similar.front());
}

Result<ConfigMapFile> read_config_map(const std::string& path, const ConfigMapName& expected) {
  const auto text = read_file(path);
  if (!text) return fail(text.error());
  return parse_config_map_file(*text, expected);
}

int run_config_check(const ConfigCheck& check) {
  const auto file = read_config_map(check.file, check.config_map);
  if (!file) return refuse(check.file, file.error().message);
  std::optional<ConfigMapFile> previous;
  if (!check.previous.empty()) {
    auto read = read_config_map(check.previous, check.config_map);
    if (!read) {
      return refuse_previous(check.previous,
                             read.error().message + "; if no configuration is in force yet, leave --previous away");
    }
    if (read->has_errors()) return refuse_previous(check.previous, find_refusal(*read));
    previous = std::move(*read);
  }
  if (const auto warning = warn_of_region(check.region); !warning.empty())
    fmt::print(stderr, "acr-controller: {}\n", warning);
  const auto judgement = judge(*file, previous, check.region);
  const auto report = check.output == CheckOutput::Json ? print_json(judgement, *file)
                                                        : print_text(judgement, *file, show_path(check.file));
  std::fwrite(report.data(), 1, report.size(), stdout);
  return judgement.accepted ? kExitOk : kExitFailure;
}

}  // namespace acr::controller
