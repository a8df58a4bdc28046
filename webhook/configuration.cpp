// SPDX-License-Identifier: Apache-2.0
#include "webhook/configuration.hpp"

#include "common/base/log.hpp"

namespace acr::webhook {
Configuration::Configuration(kube::Store<kube::ConfigMapInfo>& config_maps, kube::Store<StoredTexts>& states,
                             Metrics& metrics)
    : config_maps_(config_maps),
      states_(states),
      valid_(metrics.gauge("acr_configuration_valid", config::kValidHelp).Add({})) {
  const auto refresh_on_change = [this](const kube::ObjectKey&) { refresh(); };
  config_maps_.on_change(refresh_on_change);
  states_.on_change(refresh_on_change);
  config_maps_.on_synced([this] { refresh(); });
  states_.on_synced([this] { refresh(); });
}

void Configuration::refresh() {
  const bool known = in_force_ || (config_maps_.synced() && states_.synced());
  if (!known) return;
  const auto present = config_maps_.first();
  const auto stored = states_.first();
  if (stored) memory_.adopt(stored->texts, false);
  std::optional<config::ConfigMapText> text;
  if (present) text = config::ConfigMapText{.data = present->data, .binary_keys = present->binary_keys};
  const auto before = std::exchange(in_force_, memory_.judge(text, {}));
  valid_.Set(in_force_->is_valid() ? 1 : 0);
  if (before && before->settings == in_force_->settings && before->origin == in_force_->origin) return;
  log::info("configuration in force", {log::kv("origin", config::to_string(in_force_->origin)),
                                       log::kv("configmap", present ? kube::to_string(present->key) : "absent"),
                                       log::kv("resource_version", present ? present->resource_version : "")});
}

}  // namespace acr::webhook
