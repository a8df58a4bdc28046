// SPDX-License-Identifier: Apache-2.0
// What the Event CredentialRefreshFailed says. Pure.
#pragma once

#include <string>

#include "common/credentials/refresher.hpp"

namespace acr::controller {

/// Instance, region, what failed with the cloud's Code and RequestId, the one thing to do, until when the present login
/// serves, and the next try. At most 1024 bytes, which is what an Event holds: of the failure's own words the end is
/// left out first.
std::string build_failure_note(const credentials::InstanceStatus& status, const Error& error);

}  // namespace acr::controller
