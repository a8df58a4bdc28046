// SPDX-License-Identifier: Apache-2.0
// What an accepted edit takes away from a running cluster, though it may be a typo: "watch-namespace: al". Pure.
#pragma once

#include <string>
#include <vector>

#include "common/config/diagnostic.hpp"
#include "common/config/settings.hpp"

namespace acr::controller {

struct Loss {
  /// At the start of its key's value.
  config::Diagnostic diagnostic;
  /// The item that it is about, if that is still listed.
  std::string instance_id;
};

/// A warning for each key by which the scope shrinks, logins go or come from another identity, others' entries go, or
/// the webhook is switched off.
std::vector<Loss> find_losses(const config::Settings& before, const config::Settings& after);

}  // namespace acr::controller
