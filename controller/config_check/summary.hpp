// SPDX-License-Identifier: Apache-2.0
// What an accepted configuration means, in a few lines for the person who wrote it. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/config/settings.hpp"

namespace acr::controller {

/// Some of the names and how many more there are.
std::string join_some(const std::vector<std::string>& names);

/// "cri-a in cn-hangzhou".
std::string name_of(const config::RegistryInstance& instance);

/// By whose right its login is fetched: "by the access key in Secret x, assuming R". No part of a key.
std::string describe_identity(const config::RegistryInstance& instance);

/// One line for each question that an admin would ask: which namespaces and ServiceAccounts, which instances, the
/// webhook, when logins are renewed. Long lists are cut. Holds no access key.
std::string print_summary(const config::Settings& settings);

}  // namespace acr::controller
