// SPDX-License-Identifier: Apache-2.0
// Spelling: what a misspelt key was meant to be.
#pragma once

#include <string>
#include <string_view>

namespace acr::config {

/// Lower case, without '-' and '_': "Instance_ID" and "instanceId" are one.
std::string fold_name(std::string_view name);

/// fold_name(a) == fold_name(b), without making either.
bool is_same_name(std::string_view a, std::string_view b);

/// Is `name` so close to `known` that it is probably a misspelling? Case, '-' and '_' do not count; one wrong, missing,
/// additional or swapped character is close, two in a long name.
bool is_near_miss(std::string_view name, std::string_view known);

}  // namespace acr::config
