// SPDX-License-Identifier: Apache-2.0
// The imagePullSecrets of a ServiceAccount with and without our entry. The list is atomic for the API server, so it is
// always written as a whole (WR-1); entries of others keep their place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/settings.hpp"

namespace acr::pullsecret {

/// The list with `name` in it, or nullopt if no write is needed. Append mode: every other entry stays, in order;
/// repeats of ours become one, at the first place; an entry of `previous_names` (Secrets of an earlier helper) is
/// replaced where it stands; else ours comes last, since some tools read only the first entry. Overwrite mode: exactly
/// [name].
std::optional<std::vector<std::string>> bound_list(const std::vector<std::string>& current, std::string_view name,
                                                   config::BindingMode mode,
                                                   const std::vector<std::string>& previous_names = {});

/// The list without `name` (each repeat of it), or nullopt if it is not in there. Others stay, in order.
std::optional<std::vector<std::string>> unbound_list(const std::vector<std::string>& current, std::string_view name);

/// Does the list hold `name`?
bool is_bound(const std::vector<std::string>& current, std::string_view name);

}  // namespace acr::pullsecret
