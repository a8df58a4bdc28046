// SPDX-License-Identifier: Apache-2.0
#include "controller/configuration.hpp"

#include <utility>

#include "common/base/log.hpp"
#include "common/credentials/state.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kFindingsInNote = 5;

std::optional<config::ConfigMapText> text_of(const ClusterCache& cache) {
  const auto present = cache.config_map();
  if (!present) return std::nullopt;
  return config::ConfigMapText{.data = present->data, .binary_keys = present->binary_keys};
}

std::string join(const std::vector<std::string>& lines, std::size_t limit) {
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), limit); ++i) text += (i == 0 ? "" : "; ") + lines[i];
  if (lines.size() > limit) text += fmt::format("; and {} more", lines.size() - limit);
  return text;
}

}  // namespace

kube::ObjectReference config_map_reference(const ClusterCache& cache) {
  const auto present = cache.config_map();
  return {.api_version = "v1", .kind = "ConfigMap", .key = cache.config_map_key(), .uid = present ? present->uid : ""};
}

Configuration::Configuration(ClusterCache& cache, kube::EventRecorder& events, Metrics& metrics,
                             std::function<bool()> may_report)
    : cache_(cache),
      events_(events),
      valid_(metrics.gauge("acr_configuration_valid", config::kValidHelp).Add({})),
      may_report_(std::move(may_report)) {}

void Configuration::set_default_region(std::string region_id) {
  default_region_ = std::move(region_id);
  refresh();
}

void Configuration::refresh() {
  if (!cache_.config_maps.synced() || !cache_.states.synced()) return;
  const auto before = std::move(in_force_);
  adopt_stored(may_report_());
  const auto text = text_of(cache_);
  in_force_ = memory_.judge(text, default_region_);
  valid_.Set(in_force_->is_valid() ? 1 : 0);
  cache_.service_accounts.follow(in_force_->settings);

  // A tool that only touches labels or annotations has not edited anything.
  const bool new_text = !before || text != judged_text_;
  judged_text_ = text;
  if (new_text) {
    log_change();
    report();
  }
  const bool changed =
      !before || before->settings != in_force_->settings || before->removals_allowed != in_force_->removals_allowed;
  if ((changed || new_text) && on_change_) on_change_();
}

void Configuration::take_over() {
  stored_.reset();
  adopt_stored(false);
  refresh();
}

void Configuration::adopt_stored(bool is_writer) {
  const auto state = cache_.state();
  // While another process leads, what it has accepted since is known better by it: an edit may fall into a gap of ours.
  // It may have led already while this one still believed to.
  const bool leads_no_more = std::exchange(was_writer_, is_writer) && !is_writer;
  if (state && (state != stored_ || leads_no_more)) {
    memory_.adopt(config::decode_texts(state->data).texts, is_writer);
    if (default_region_.empty()) default_region_ = credentials::decode_region(state->data);
  }
  stored_ = state;
}

void Configuration::log_change() const {
  for (const auto& finding : in_force_->diagnostics) {
    if (finding.severity == config::Severity::Info) continue;
    const auto level = finding.severity == config::Severity::Error ? log::Level::Error : log::Level::Warn;
    log::write(level, "finding in acr-configuration",
               {log::kv("configmap", kube::to_string(cache_.config_map_key())),
                log::kv("finding", config::format_diagnostic(finding))});
  }
  log::info("configuration judged", {log::kv("in_force", config::to_string(in_force_->origin)),
                                     log::kv("instances", in_force_->settings.instances.size()),
                                     log::kv("webhook", in_force_->settings.webhook.enable)});
}

/// What rules while the ConfigMap is not accepted, in words for the admin.
std::string_view Configuration::consequence() const {
  if (memory_.texts().is_outdated)
    return "the configuration accepted last was too large for the state Secret, so the one before it is in force since "
           "a restart and nothing is removed";
  if (in_force_->origin == config::SettingsOrigin::LastAccepted)
    return "the last accepted configuration stays in force and nothing is changed";
  return judged_text_ == memory_.texts().first_start
             ? "its good parts are used and nothing is removed"
             : "the good parts of the text of the first start stay in force and nothing is changed";
}

void Configuration::report_at_start_of_term() {
  const bool is_known = in_force_ && in_force_->origin == config::SettingsOrigin::ConfigMap && stored_ &&
                        judged_text_ && config::decode_texts(stored_->data).texts.accepted == judged_text_->data;
  if (!is_known) report();
}

void Configuration::report() {
  if (!in_force_ || !may_report_()) return;
  const auto errors = format_diagnostics(in_force_->diagnostics, config::Severity::Error);
  if (!errors.empty()) {
    emit(kube::Severity::Warning, "ConfigurationInvalid",
         fmt::format("{}. {}; correct the ConfigMap, the change takes effect at once", join(errors, kFindingsInNote),
                     consequence()));
    return;
  }
  if (!cache_.config_map()) {
    if (in_force_->origin == config::SettingsOrigin::Defaults) return;  // absent from the start: nothing to say
    emit(kube::Severity::Warning, "ConfigurationInvalid", fmt::format("the ConfigMap is absent; {}", consequence()));
    return;
  }
  const auto warnings = format_diagnostics(in_force_->diagnostics, config::Severity::Warning);
  emit(kube::Severity::Normal, "ConfigurationLoaded",
       warnings.empty() ? "configuration accepted" : "configuration accepted; " + join(warnings, kFindingsInNote));
}

void Configuration::emit(kube::Severity severity, const char* reason, std::string note) const {
  events_.emit({.regarding = config_map_reference(cache_),
                .severity = severity,
                .reason = reason,
                .action = "Load",
                .note = std::move(note)});
}

}  // namespace acr::controller
