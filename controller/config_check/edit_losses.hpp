// SPDX-License-Identifier: Apache-2.0
// What an accepted edit takes away from a running cluster, though it may be a typo: "watch-namespace: al". Pure.
#pragma once

#include <vector>

#include "common/config/diagnostic.hpp"
#include "common/config/settings.hpp"

namespace acr::controller {

/// A warning for each key by which the scope shrinks, or by which logins go. Each stands at the start of its key's
/// value.
std::vector<config::Diagnostic> find_losses(const config::Settings& before, const config::Settings& after);

}  // namespace acr::controller
