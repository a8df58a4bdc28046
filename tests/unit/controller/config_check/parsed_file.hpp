// SPDX-License-Identifier: Apache-2.0
// Short words for tests of how a file with a ConfigMap is read.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "controller/config_check/config_map_file.hpp"

namespace acr::controller {

inline const ConfigMapName kName{.namespace_ = "kube-system", .name = "acr-configuration"};

inline ConfigMapFile parse(std::string_view text) {
  return parse_config_map_file(text, kName).value();
}

/// A file and the place that is meant in it.
struct Placed {
  const char* text;
  int line;
  int column;
};

inline std::string value_of(const ConfigMapFile& file, const std::string& key) {
  const auto found = file.content.data.find(key);
  return found == file.content.data.end() ? "absent" : found->second;
}

inline bool has_fault(const ConfigMapFile& file, std::string_view code) {
  return std::any_of(file.faults.begin(), file.faults.end(),
                     [code](const config::Diagnostic& fault) { return fault.code == code; });
}

}  // namespace acr::controller
