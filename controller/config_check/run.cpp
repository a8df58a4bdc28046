// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/run.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "common/base/flags.hpp"
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

std::string name_of(const std::string& path) {
  return path == kStandardInput ? "<stdin>" : path;
}

int refuse(const std::string& path, const std::string& reason) {
  fmt::print(stderr, "acr-controller: {}: {}\n", name_of(path), reason);
  return kExitUsage;
}

}  // namespace

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
    if (!read) return refuse(check.previous, read.error().message);
    if (read->has_errors()) {
      return refuse(check.previous,
                    "the API server would not take the previous configuration; it cannot have been there");
    }
    previous = std::move(*read);
  }
  const auto judgement = judge(*file, previous, check.region);
  const auto report = check.output == CheckOutput::Json ? print_json(judgement, *file)
                                                        : print_text(judgement, *file, name_of(check.file));
  std::fwrite(report.data(), 1, report.size(), stdout);
  return judgement.accepted ? kExitOk : kExitFailure;
}

}  // namespace acr::controller
