// SPDX-License-Identifier: Apache-2.0
// Short words for tests of single rules of parse_settings.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "common/config/parse.hpp"

namespace acr::config {

using Data = std::map<std::string, std::string>;
using FindingList = std::vector<std::string>;

inline ParsedSettings parse(const Data& data, bool in_force = false) {
  return parse_settings(data, {}, {.default_region = "cn-hangzhou", .configuration_in_force = in_force});
}

inline ParsedSettings parse_list(const std::string& list) {
  return parse({{"acr-registry-info", list}});
}

/// "error code@line:column" of each finding that is no info.
inline FindingList findings(const ParsedSettings& parsed) {
  FindingList list;
  for (const auto& d : parsed.diagnostics) {
    if (d.severity != Severity::Info)
      list.push_back(fmt::format("{} {}@{}:{}", to_string(d.severity), d.code, d.line, d.column));
  }
  return list;
}

}  // namespace acr::config
