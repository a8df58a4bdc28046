// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "common/config/key_reference.hpp"
#include "common/config/text_memory.hpp"
#include "controller/config_check/edit_losses.hpp"

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

/// The name under which the file holds the key: its own or that of the managed edition.
std::string written_name(const ConfigMapFile& file, const std::string& key) {
  const auto* known = config::find_key(key);
  const auto is_there = [&file](std::string_view name) { return file.places.contains(std::string(name)); };
  const bool is_managed = known != nullptr && !is_there(known->name) && is_there(known->managed_name);
  return is_managed ? std::string(known->managed_name) : key;
}

bool is_error(const Finding& finding) {
  return finding.diagnostic.severity == config::Severity::Error;
}

}  // namespace

Judgement judge(const ConfigMapFile& file, const std::optional<ConfigMapFile>& previous, const std::string& region) {
  config::TextMemory memory;
  std::optional<config::Settings> settings_before;
  if (previous) settings_before = memory.judge(previous->content, region).settings;
  const auto before = memory;
  const auto in_force = memory.judge(file.content, region);
  Judgement judgement;
  for (const auto& fault : file.faults) {
    judgement.findings.push_back(
        {.diagnostic = fault, .is_of_file = true, .in_file = {.line = fault.line, .column = fault.column}});
  }
  for (auto& diagnostic : judge_content(file, in_force))
    judgement.findings.push_back(place(std::move(diagnostic), file));
  judgement.accepted = std::none_of(judgement.findings.begin(), judgement.findings.end(), is_error);
  if (judgement.accepted && settings_before) {
    for (auto& loss : find_losses(*settings_before, in_force.settings)) {
      loss.key = written_name(file, loss.key);
      if (!file.places.contains(loss.key)) loss.message += fmt::format("; {} is not in the file", loss.key);
      judgement.findings.push_back(place(std::move(loss), file));
    }
  }
  std::sort(judgement.findings.begin(), judgement.findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.in_file.line, a.in_file.column, a.diagnostic.key, a.diagnostic.code) <
           std::tie(b.in_file.line, b.in_file.column, b.diagnostic.key, b.diagnostic.code);
  });
  // A file that the API server refuses changes nothing.
  judgement.settings = file.has_errors() && previous ? config::TextMemory(before).judge(std::nullopt, region).settings
                                                     : in_force.settings;
  return judgement;
}

}  // namespace acr::controller
