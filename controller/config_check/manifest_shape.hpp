// SPDX-License-Identifier: Apache-2.0
// What a node of a file is: a ConfigMap, bare data, the managed edition's JSON. Pure.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/key_reference.hpp"

namespace acr::controller {

/// The scalar of that field; empty if there is none.
std::string text_of(const YAML::Node& mapping, const char* name);

/// By its kind, or without one by its data.
bool is_config_map(const YAML::Node& node);

/// One that may be meant.
struct Candidate {
  YAML::Node node;
  std::size_t first_line = 0;  ///< of its document
};

/// All ConfigMaps among the documents and the items of lists. `first_lines`: one for each document.
std::vector<Candidate> collect_config_maps(const std::vector<YAML::Node>& documents,
                                           const std::vector<std::size_t>& first_lines);

/// A key of ours, in any spelling.
bool is_data_key(const YAML::Node& name);

/// The managed edition's settings as a whole: at least one of them is no text.
bool holds_managed_json(const YAML::Node& node);

/// A mapping with at least one field that is, or nearly is, a key of ours.
bool holds_any_key(const YAML::Node& node);

/// The key that "watch namespace:" was to be, without the signs that no key may have; nullptr if none.
const config::KeyReference* find_meant_key(std::string_view key);

}  // namespace acr::controller
