// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>

#include "common/config/key_reference.hpp"
#include "common/config/text_memory.hpp"
#include "controller/config_check/edit_losses.hpp"
#include "controller/config_check/file_text.hpp"

namespace acr::controller {
namespace {

/// Without what only follows from values that could not be read: the file's own faults say it.
std::vector<config::Diagnostic> judge_content(const ConfigMapFile& file, const config::InForce& in_force) {
  auto diagnostics = in_force.diagnostics;
  if (file.has_errors() && file.content.data.empty()) diagnostics.clear();
  const auto* rrsa = config::find_key("rrsa");
  const bool is_rrsa_unread = std::any_of(file.unread_keys.begin(), file.unread_keys.end(),
                                          [rrsa](const auto& key) { return config::find_spelled_key(key) == rrsa; });
  std::erase_if(diagnostics, [&](const config::Diagnostic& diagnostic) {
    const auto key = find_written_key(file, diagnostic.key);
    return (diagnostic.code == "binary-data" && file.unread_keys.contains(key)) ||
           (diagnostic.code == "rrsa-off" && is_rrsa_unread);
  });
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

/// Where a key of ours, under whatever name, is written.
struct WrittenSetting {
  std::string key;
  /// In the value of `key`; nullopt: the value itself.
  std::optional<config::Position> place;
};

/// Where `id` stands as a whole, not as the beginning of a longer one; npos if nowhere.
std::size_t find_word(std::string_view text, std::string_view id) {
  const auto goes_on = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; };
  auto at = text.find(id);
  while (at != std::string_view::npos && at + id.size() < text.size() && goes_on(text[at + id.size()]))
    at = text.find(id, at + 1);
  return at;
}

config::Position position_in(const std::string& value, std::size_t offset) {
  return config::SourceText({}, with_plain_line_ends(value.substr(0, offset))).position(offset);
}

/// Under its own name, another spelling or that of the managed edition, or in the JSON of that as the list; nullopt if
/// nowhere.
std::optional<WrittenSetting> find_setting(const ConfigMapFile& file, const std::string& key) {
  if (file.places.contains(key)) return WrittenSetting{.key = key, .place = {}};
  const auto* known = config::find_key(key);
  for (const auto& [name, place] : file.places) {
    if (known != nullptr && config::find_spelled_key(name) == known) return WrittenSetting{.key = name, .place = {}};
  }
  for (const auto& [name, value] : file.content.data) {
    const auto* of = config::find_spelled_key(name);
    if (known == nullptr || of == nullptr || of->name != "acr-registry-info" || !is_json(value)) continue;
    for (const auto word : {known->managed_name, known->name}) {
      const auto at = word.empty() ? std::string::npos : value.find(word);
      if (at != std::string::npos) return WrittenSetting{.key = name, .place = position_in(value, at)};
    }
  }
  return std::nullopt;
}

Finding place_loss(Loss loss, const ConfigMapFile& file) {
  auto& diagnostic = loss.diagnostic;
  const auto written = find_setting(file, diagnostic.key);
  if (!written) {
    diagnostic.message += fmt::format("; {} is not in the file", diagnostic.key);
    return place(std::move(diagnostic), file);
  }
  diagnostic.key = written->key;
  auto position = written->place;
  if (const auto value = file.content.data.find(written->key);
      !loss.instance_id.empty() && value != file.content.data.end()) {
    const auto at = find_word(value->second, loss.instance_id);
    if (at != std::string::npos) position = position_in(value->second, at);
  }
  if (position) {
    diagnostic.line = position->line;
    diagnostic.column = position->column;
  }
  return place(std::move(diagnostic), file);
}

/// A cluster that holds a rejected text runs on an older one, which nobody has shown here.
std::optional<Finding> find_doubt(const ConfigMapFile& previous, const config::InForce& before) {
  for (const auto& diagnostic : before.diagnostics) {
    if (diagnostic.severity != config::Severity::Error) continue;
    const auto there = find_file_position(previous, diagnostic.key, {diagnostic.line, diagnostic.column});
    return Finding{
        .diagnostic = config::build_diagnostic(
            config::Severity::Warning, "previous-invalid", {}, 1, 1,
            fmt::format("the previous file has an error itself, at line {} column {} there: {}", there.line,
                        there.column, diagnostic.message),
            "what is in force may be an older text than that; this one is compared with the good parts of it"),
        .is_of_file = true,
        .in_file = {}};
  }
  return std::nullopt;
}

bool is_error(const Finding& finding) {
  return finding.diagnostic.severity == config::Severity::Error;
}

Effect find_effect(const Judgement& judgement, const ConfigMapFile& file, bool is_edit) {
  if (judgement.accepted) return Effect::InForce;
  if (is_edit) return Effect::Unchanged;
  return file.has_errors() ? Effect::Refused : Effect::GoodParts;
}

}  // namespace

Judgement judge(const ConfigMapFile& file, const std::optional<ConfigMapFile>& previous, const std::string& region) {
  config::TextMemory memory;
  std::optional<config::InForce> in_force_before;
  if (previous) in_force_before = memory.judge(previous->judged_content(), region);
  const auto before = memory;
  const auto in_force = memory.judge(file.judged_content(), region);
  Judgement judgement;
  for (const auto& fault : file.faults) {
    judgement.findings.push_back(
        {.diagnostic = fault, .is_of_file = true, .in_file = {.line = fault.line, .column = fault.column}});
  }
  for (auto& diagnostic : judge_content(file, in_force))
    judgement.findings.push_back(place(std::move(diagnostic), file));
  judgement.accepted = std::none_of(judgement.findings.begin(), judgement.findings.end(), is_error);
  if (judgement.accepted && in_force_before) {
    for (auto& loss : find_losses(in_force_before->settings, in_force.settings))
      judgement.findings.push_back(place_loss(std::move(loss), file));
  }
  if (previous) {
    if (auto doubt = find_doubt(*previous, *in_force_before)) judgement.findings.push_back(std::move(*doubt));
  }
  std::sort(judgement.findings.begin(), judgement.findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.in_file.line, a.in_file.column, a.diagnostic.key, a.diagnostic.code) <
           std::tie(b.in_file.line, b.in_file.column, b.diagnostic.key, b.diagnostic.code);
  });
  judgement.effect = find_effect(judgement, file, previous.has_value());
  // A file that the API server refuses changes nothing.
  judgement.settings = file.has_errors() && previous ? config::TextMemory(before).judge(std::nullopt, region).settings
                                                     : in_force.settings;
  return judgement;
}

}  // namespace acr::controller
