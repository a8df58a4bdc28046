// SPDX-License-Identifier: Apache-2.0
// The `domains` of an item: host names as the kubelet compares them.
#pragma once

#include <string>
#include <vector>

#include "common/config/fields.hpp"

namespace acr::config {

struct Domain {
  /// Lower case, without scheme, path and final dot; may hold `*` and a port.
  std::string host;
  std::size_t offset = 0;
};

/// Reads the field "domains": a comma list, or a YAML list. Reports and leaves out what can be no registry host.
std::vector<Domain> read_domains(const Fields& fields, const SourceText& source, Findings& findings);

}  // namespace acr::config
