// SPDX-License-Identifier: Apache-2.0
// Items of which only a part was made a comment: what is left of them would silently belong to another one.
#pragma once

#include <cstddef>
#include <optional>

#include "common/config/source_text.hpp"
#include "common/config/yaml_tree.hpp"

namespace acr::config {

/// A comment between two fields of `item` that would begin an item itself, such as "#- instanceId: cri-b": the fields
/// below it may be those of that one. nullopt if there is none.
std::optional<std::size_t> find_commented_head(YamlValue item, const SourceText& source);

/// A comment in `item`, which has no instanceId, that holds one. nullopt if there is none.
std::optional<std::size_t> find_commented_id(YamlValue item, const SourceText& source);

}  // namespace acr::config
