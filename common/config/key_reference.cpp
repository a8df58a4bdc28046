// SPDX-License-Identifier: Apache-2.0
#include "common/config/key_reference.hpp"

#include "common/base/text.hpp"

namespace acr::config {

const KeyReference* find_managed_key(std::string_view written) {
  const auto* found = std::find_if(kKeys.begin(), kKeys.end(), [written](const KeyReference& key) {
    return !key.managed_name.empty() && equals_ignore_case(key.managed_name, written);
  });
  return found == kKeys.end() ? nullptr : found;
}

const KeyReference* find_key(std::string_view name) {
  const auto* found =
      std::find_if(kKeys.begin(), kKeys.end(), [name](const KeyReference& key) { return key.name == name; });
  return found == kKeys.end() ? nullptr : found;
}

}  // namespace acr::config
