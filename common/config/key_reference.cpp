// SPDX-License-Identifier: Apache-2.0
#include "common/config/key_reference.hpp"

#include "common/config/near_miss.hpp"

namespace acr::config {

const KeyReference* find_key(std::string_view name) {
  const auto* found =
      std::find_if(kKeys.begin(), kKeys.end(), [name](const KeyReference& key) { return key.name == name; });
  return found == kKeys.end() ? nullptr : found;
}

const KeyReference* find_spelled_key(std::string_view written) {
  const auto* found = std::find_if(kKeys.begin(), kKeys.end(), [written](const KeyReference& key) {
    return is_same_name(written, key.name) || (!key.managed_name.empty() && is_same_name(written, key.managed_name));
  });
  return found == kKeys.end() ? nullptr : found;
}

}  // namespace acr::config
