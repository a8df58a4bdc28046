// SPDX-License-Identifier: Apache-2.0
// Whether a manifest names itself so that kubectl and the API server take it, and put it where the helper looks. Pure.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>
#include <vector>

#include "common/config/diagnostic.hpp"
#include "controller/config_check/config_map_file.hpp"

namespace acr::controller {

struct IdentityFault {
  config::Severity severity = config::Severity::Error;
  std::string code;
  YAML::Node node;  ///< where it stands
  std::string message;
  std::string hint;
};

/// May an object have it as its name? Not text of another type, nor what stands for a text that is put in later.
bool is_object_name(const YAML::Node& name);

/// Has it that name, and that namespace if it names one?
bool is_named(const YAML::Node& config_map, const ConfigMapName& expected);

/// Another name and no key of ours: somebody else's, not ours under the name that a tool gave it. Says so in words.
std::optional<std::string> describe_foreign(const YAML::Node& config_map, const ConfigMapName& expected);

/// Errors for what is refused: no or another apiVersion, kind or name, or one that cannot be; a warning for a manifest
/// without a namespace, which lands where the reader does not look. None for the bare `data` of a manifest.
std::vector<IdentityFault> find_identity_faults(const YAML::Node& config_map, const ConfigMapName& expected);

}  // namespace acr::controller
