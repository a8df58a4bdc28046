// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/judgement.hpp"

#include <algorithm>
#include <tuple>

#include "common/config/in_force.hpp"

namespace acr::controller {
namespace {

/// Values that could not be read at all say nothing about the rest.
std::vector<config::Diagnostic> judge_content(const ConfigMapFile& file, const config::InForce& in_force) {
  auto diagnostics = in_force.diagnostics;
  if (file.has_errors() && file.content.data.empty()) diagnostics.clear();
  return diagnostics;
}

Finding place(config::Diagnostic diagnostic, const ConfigMapFile& file) {
  // About the name of a key, not about its value.
  if (const auto key = file.places.find(diagnostic.key); diagnostic.code == "unknown-key" && key != file.places.end()) {
    const auto in_file = file.source.position(key->second.key_offset);
    return {.diagnostic = std::move(diagnostic), .is_of_file = false, .in_file = in_file};
  }
  const auto position = find_file_position(file, diagnostic.key, {diagnostic.line, diagnostic.column});
  return {.diagnostic = std::move(diagnostic), .is_of_file = false, .in_file = position};
}

}  // namespace

Judgement judge(const ConfigMapFile& file, const std::optional<ConfigMapFile>& previous, const std::string& region) {
  const auto last_accepted =
      previous ? std::optional(previous->content.data) : std::optional<std::map<std::string, std::string>>{};
  const auto in_force = config::choose_configuration(file.content, last_accepted, region);
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
  judgement.settings = file.has_errors() && last_accepted
                           ? config::choose_configuration(std::nullopt, last_accepted, region).settings
                           : in_force.settings;
  return judgement;
}

}  // namespace acr::controller
