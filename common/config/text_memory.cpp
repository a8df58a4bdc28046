// SPDX-License-Identifier: Apache-2.0
#include "common/config/text_memory.hpp"

#include <utility>

namespace acr::config {

void TextMemory::adopt(const Remembered& stored, bool is_writer) {
  const auto is_wanted = [is_writer](const auto& known, const auto& now, const auto& seen) {
    return now && (!known || (now != seen && !is_writer));
  };
  if (is_wanted(texts_.accepted, stored.accepted, seen_.accepted)) {
    texts_ = {.accepted = stored.accepted, .is_outdated = stored.is_outdated};
  } else if (!texts_.accepted && is_wanted(texts_.first_start, stored.first_start, seen_.first_start)) {
    texts_.first_start = stored.first_start;
  }
  if (!is_writer || stored.accepted == texts_.accepted) seen_.accepted = stored.accepted;
  if (!is_writer || stored.first_start == texts_.first_start) seen_.first_start = stored.first_start;
}

std::optional<ConfigMapText> TextMemory::ruling() const {
  return texts_.accepted ? std::optional(ConfigMapText{.data = *texts_.accepted}) : texts_.first_start;
}

InForce TextMemory::judge(const std::optional<ConfigMapText>& config_map, const std::string& default_region) {
  auto in_force = choose_configuration(config_map, texts_.accepted, default_region, texts_.first_start);
  if (in_force.origin == SettingsOrigin::ConfigMap) {
    texts_ = {.accepted = config_map->data};
  } else if (in_force.origin == SettingsOrigin::FirstStart && !texts_.first_start) {
    texts_.first_start = config_map;
  }
  return in_force;
}

}  // namespace acr::config
