// SPDX-License-Identifier: Apache-2.0
// The value of a key that takes one word or expression and is no YAML, such as expiring-threshold.
#pragma once

#include <optional>

#include "common/config/fields.hpp"

namespace acr::config {

/// What was written, without comments, quotes around it and a comma behind it: each is reported, for the original takes
/// none of them. nullopt if nothing was written, or `null`, or (an error) an access key.
std::optional<ScalarText> read_plain_value(const SourceText& source, Findings& findings);

/// Where the first comment behind a `#` begins, if nothing else stands there but commas and the like; else nullopt.
std::optional<std::size_t> find_comment_alone(const SourceText& source);

}  // namespace acr::config
