// SPDX-License-Identifier: Apache-2.0
// How kubectl and the API server see a value of a manifest. Pure.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string_view>

namespace acr::controller {

/// What kubectl's YAML reader makes a truth value or a number of: such a value is refused by the API server.
bool is_typed_scalar(const YAML::Node& node);

/// What the API server takes as a key of data or binaryData: up to 253 letters, digits, '-', '_' and '.', but neither
/// "." nor what begins with "..".
bool is_config_map_key(std::string_view key);
bool is_config_map_key_character(char c);

/// What the API server takes in binaryData; line ends do not count.
bool is_base64(const YAML::Node& value);

}  // namespace acr::controller
