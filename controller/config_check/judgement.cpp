// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/judgement.hpp"

#include <algorithm>
#include <tuple>

#include "common/config/text_memory.hpp"

namespace acr::controller {
namespace {

/// Values that could not be read at all say nothing about the rest.
std::vector<config::Diagnostic> judge_content(const ConfigMapFile& file, const config::InForce& in_force) {
  auto diagnostics = in_force.diagnostics;
  if (file.has_errors() && file.content.data.empty()) diagnostics.clear();
  return diagnostics;
}

Finding place(config::Diagnostic diagnostic, const ConfigMapFile& file) {
  const bool is_about_name = diagnostic.code == "unknown-key" || diagnostic.code == "binary-data";
  if (const auto key = file.places.find(find_written_key(file, diagnostic.key));
      is_about_name && key != file.places.end()) {
    const auto in_file = file.source.position(key->second.key_offset);
    return {.diagnostic = std::move(diagnostic), .is_of_file = false, .in_file = in_file};
  }
  const auto position = find_file_position(file, diagnostic.key, {diagnostic.line, diagnostic.column});
  return {.diagnostic = std::move(diagnostic), .is_of_file = false, .in_file = position};
}

}  // namespace

Judgement judge(const ConfigMapFile& file, const std::optional<ConfigMapFile>& previous, const std::string& region) {
  config::TextMemory memory;
  if (previous) memory.judge(previous->content, region);
  const auto before = memory;
  const auto in_force = memory.judge(file.content, region);
  Judgement judgement;
  for (const auto& fault : file.faults) {
    judgement.findings.push_back(
        {.diagnostic = fault, .is_of_file = true, .in_file = {.line = fault.line, .column = fault.column}});
  }
  for (auto& diagnostic : judge_content(file, in_force))
    judgement.findings.push_back(place(std::move(diagnostic), file));
  std::sort(judgement.findings.begin(), judgement.findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.in_file.line, a.in_file.column, a.diagnostic.key, a.diagnostic.code) <
           std::tie(b.in_file.line, b.in_file.column, b.diagnostic.key, b.diagnostic.code);
  });
  judgement.accepted = std::none_of(judgement.findings.begin(), judgement.findings.end(),
                                    [](const Finding& f) { return f.diagnostic.severity == config::Severity::Error; });
  // A file that the API server refuses changes nothing.
  judgement.settings = file.has_errors() && previous ? config::TextMemory(before).judge(std::nullopt, region).settings
                                                     : in_force.settings;
  return judgement;
}

}  // namespace acr::controller
