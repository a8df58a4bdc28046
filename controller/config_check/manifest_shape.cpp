// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/manifest_shape.hpp"

#include <algorithm>
#include <iterator>

#include "common/base/text.hpp"
#include "common/config/near_miss.hpp"
#include "controller/config_check/manifest_values.hpp"

namespace acr::controller {

std::string text_of(const YAML::Node& mapping, const char* name) {
  const auto node = mapping[name];
  return node && node.IsScalar() ? node.Scalar() : std::string();
}

bool is_config_map(const YAML::Node& node) {
  return node.IsMap() &&
         (text_of(node, "kind") == "ConfigMap" || (!node["kind"] && (node["data"] || node["binaryData"])));
}

std::vector<Candidate> collect_config_maps(const std::vector<YAML::Node>& documents,
                                           const std::vector<std::size_t>& first_lines) {
  std::vector<Candidate> found;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const auto& document = documents[i];
    if (is_config_map(document)) found.push_back({document, first_lines[i]});
    if (!document.IsMap() || !document["items"] || !document["items"].IsSequence()) continue;
    for (const auto& item : document["items"]) {
      const YAML::Node& node = item;
      if (is_config_map(node)) found.push_back({node, first_lines[i]});
    }
  }
  return found;
}

bool is_data_key(const YAML::Node& name) {
  return name.IsScalar() && config::find_spelled_key(name.Scalar()) != nullptr;
}

bool holds_managed_json(const YAML::Node& node) {
  return std::any_of(node.begin(), node.end(), [](const auto& pair) {
    if (!pair.first.IsScalar()) return false;
    const auto& name = pair.first.Scalar();
    const bool is_list =
        equals_ignore_case(name, config::kManagedListName) || config::is_near_miss(name, config::kManagedListName);
    return (is_list && !pair.second.IsScalar()) ||
           (equals_ignore_case(name, "enableRRSA") && is_typed_scalar(pair.second));
  });
}

bool holds_any_key(const YAML::Node& node) {
  return std::any_of(node.begin(), node.end(), [](const auto& pair) {
    if (!pair.first.IsScalar()) return false;
    return std::any_of(config::kKeys.begin(), config::kKeys.end(), [&pair](const auto& key) {
      const auto& name = pair.first.Scalar();
      return config::is_near_miss(name, key.name) || key.name == name ||
             (!key.managed_name.empty() && config::is_near_miss(name, key.managed_name));
    });
  });
}

const config::KeyReference* find_meant_key(std::string_view key) {
  std::string plain;
  std::copy_if(key.begin(), key.end(), std::back_inserter(plain), is_config_map_key_character);
  return config::find_spelled_key(plain);
}

}  // namespace acr::controller
