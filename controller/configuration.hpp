// SPDX-License-Identifier: Apache-2.0
// Follows acr-configuration and the last accepted text, and says which settings rule.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/base/metrics.hpp"
#include "common/config/text_memory.hpp"
#include "common/kube/event_recorder.hpp"
#include "controller/cluster_cache.hpp"

namespace acr::controller {

class Configuration {
 public:
  /// `cache`, `events` and `metrics` must outlive it. `may_report` says whether this process speaks for the cluster
  /// (the leader).
  Configuration(ClusterCache& cache, kube::EventRecorder& events, Metrics& metrics, std::function<bool()> may_report);

  /// Called after each change of the settings in force.
  void on_change(std::function<void()> callback) { on_change_ = std::move(callback); }

  /// The region of items without regionId; empty while unknown. Until it is set, that of the state Secret serves.
  void set_default_region(std::string region_id);

  [[nodiscard]] const std::string& default_region() const { return default_region_; }

  /// Judges what the stores hold now. Does nothing before both have been listed.
  void refresh();

  /// This process is about to write the state Secret, which it has just read: what another one stored in it meanwhile
  /// counts, although this one was the leader already when it came.
  void take_over();

  /// Says the present findings again, as an Event: a new leader speaks for the cluster from now on. A text that an
  /// earlier leader accepted was told by that one.
  void report_at_start_of_term();

  /// nullptr until known once; then never again.
  [[nodiscard]] const config::InForce* in_force() const { return in_force_ ? &*in_force_ : nullptr; }

  /// The texts that rule or ruled, by the judgement of this process or an earlier one: what the state Secret is to
  /// hold.
  [[nodiscard]] const config::Remembered& texts() const { return memory_.texts(); }

 private:
  void log_change() const;
  void adopt_stored(bool is_writer);
  void report();
  [[nodiscard]] std::string_view consequence() const;
  void emit(kube::Severity severity, const char* reason, std::string note) const;

  ClusterCache& cache_;
  kube::EventRecorder& events_;
  prometheus::Gauge& valid_;
  std::function<bool()> may_report_;
  std::function<void()> on_change_;
  std::string default_region_;
  std::optional<config::InForce> in_force_;
  kube::Store<kube::SecretData>::Object stored_;  ///< the state Secret as it was taken into account last
  bool was_writer_ = false;                       ///< then
  /// Kept here too, since the state Secret lags behind: a broken edit right after a good one must not bring back the
  /// text before it.
  config::TextMemory memory_;
  std::optional<config::ConfigMapText> judged_text_;  ///< nullopt = the ConfigMap was absent
};

/// An object reference to the ConfigMap, present or not, for Events.
kube::ObjectReference config_map_reference(const ClusterCache& cache);

}  // namespace acr::controller
