// SPDX-License-Identifier: Apache-2.0
// The id of an instance as it was written.
#pragma once

#include <string_view>

#include "common/config/fields.hpp"

namespace acr::config {

/// Reports what cannot be an id, or hardly is one.
void check_instance_id(const ScalarText& id, const SourceText& source, Findings& findings);

/// The first comma of a list of ids with nothing before it, or the last one with nothing behind it; npos if there is
/// none.
std::size_t find_idle_comma(std::string_view list);

}  // namespace acr::config
