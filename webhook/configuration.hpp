// SPDX-License-Identifier: Apache-2.0
// Which settings rule: acr-configuration if it is good, else the last accepted text, else its good parts.
#pragma once

#include <optional>

#include "common/base/metrics.hpp"
#include "common/config/text_memory.hpp"
#include "common/kube/store.hpp"
#include "webhook/stored_texts.hpp"

namespace acr::webhook {

class Configuration {
 public:
  /// Follows the stores, which must outlive it.
  Configuration(kube::Store<kube::ConfigMapInfo>& config_maps, kube::Store<StoredTexts>& states, Metrics& metrics);
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;

  /// nullptr until both stores were listed once; then never again.
  [[nodiscard]] const config::Settings* settings() const { return in_force_ ? &in_force_->settings : nullptr; }

  /// The text in force, be it by its good parts only; nullopt if none ever was, in this process or in the controller.
  [[nodiscard]] std::optional<config::ConfigMapText> ruling() const { return memory_.ruling(); }

 private:
  void refresh();

  kube::Store<kube::ConfigMapInfo>& config_maps_;
  kube::Store<StoredTexts>& states_;
  prometheus::Gauge& valid_;
  std::optional<config::InForce> in_force_;
  /// Kept here too, because the state Secret lags behind: a broken edit right after a good one must not bring back the
  /// text before.
  config::TextMemory memory_;
};

}  // namespace acr::webhook
