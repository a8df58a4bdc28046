// SPDX-License-Identifier: Apache-2.0
// Shows a login to the hosts it is for, as a container runtime does before a pull.
#pragma once

#include <chrono>
#include <vector>

#include "common/credentials/registry_login.hpp"
#include "common/http/client.hpp"
#include "controller/credential_check/host_report.hpp"

namespace acr::controller {

/// For each host and its token service together.
inline constexpr std::chrono::seconds kHostLimit{10};

/// Asks the hosts that choose_asked_hosts() chooses for each of `logins`, all side by side, 64 at once; gives a list
/// for each login. No repository is named: it shows that the login is accepted, not that an image may be pulled.
/// `client` must outlive the task.
async::awaitable<std::vector<std::vector<HostReport>>> ask_hosts(http::Client& client,
                                                                 std::vector<credentials::RegistryLogin> logins,
                                                                 std::chrono::milliseconds limit);

}  // namespace acr::controller
