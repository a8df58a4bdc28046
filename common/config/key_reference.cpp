// SPDX-License-Identifier: Apache-2.0
#include "common/config/key_reference.hpp"

#include "common/base/text.hpp"
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

std::string_view without_extension(std::string_view written) {
  static constexpr std::array<std::string_view, 9> kExtensions{".yaml", ".yml", ".json", ".txt",       ".conf",
                                                               ".cfg",  ".ini", ".env",  ".properties"};
  const auto* found = std::find_if(kExtensions.begin(), kExtensions.end(), [written](std::string_view extension) {
    return written.size() > extension.size() &&
           equals_ignore_case(written.substr(written.size() - extension.size()), extension);
  });
  return found == kExtensions.end() ? written : written.substr(0, written.size() - found->size());
}

bool is_near_key(std::string_view written, const KeyReference& key) {
  const auto name = without_extension(written);
  return is_near_miss(name, key.name) || (!key.managed_name.empty() && is_near_miss(name, key.managed_name));
}

const KeyReference* find_inner_key(std::string_view written) {
  if (const auto* known = find_spelled_key(written)) return known;
  const auto* near = std::find_if(kKeys.begin(), kKeys.end(), [written](const KeyReference& key) {
    return is_narrowing(key) && is_near_key(written, key);
  });
  return near == kKeys.end() ? nullptr : near;
}

bool is_narrowing(const KeyReference& key) {
  return key.name == "exclude-namespaces" || key.name == "namespace-selector";
}

}  // namespace acr::config
