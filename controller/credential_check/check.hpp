// SPDX-License-Identifier: Apache-2.0
// Runs the chain of every instance once, as the controller does for good, up to the registry.
#pragma once

#include <chrono>
#include <vector>

#include "common/config/settings.hpp"
#include "controller/credential_check/ask_hosts.hpp"
#include "controller/credential_check/report.hpp"

namespace acr::controller {

/// Gets a login for each instance, all side by side, each under the refresher's limit for an attempt; a dead one delays
/// no other. Then it shows the logins to their registry hosts by `registries`, see ask_hosts(), each host under
/// `host_limit`. `refresher` must have been made with RefresherOptions::once and is stopped at the end. Items without a
/// region are not tried: theirs could not be found out.
async::awaitable<std::vector<InstanceReport>> check_instances(credentials::Refresher& refresher,
                                                              http::Client& registries, config::Settings settings,
                                                              std::chrono::milliseconds host_limit = kHostLimit);

}  // namespace acr::controller
