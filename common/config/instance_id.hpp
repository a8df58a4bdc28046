// SPDX-License-Identifier: Apache-2.0
// The `instanceId` of an item.
#pragma once

#include <vector>

#include "common/config/fields.hpp"

namespace acr::config {

/// The ids of an item in their usual case and where they stand; one that is empty for Personal Edition, or after an
/// error. Never none. `has_hosts`: the item has domains of its own, which can be those of one instance only.
std::vector<ScalarText> read_instance_ids(const Fields& fields, bool has_hosts, const SourceText& source,
                                          Findings& findings);

}  // namespace acr::config
