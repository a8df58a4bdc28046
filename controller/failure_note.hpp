// SPDX-License-Identifier: Apache-2.0
// How a failed refresh is told: in the Event CredentialRefreshFailed, in the status. Pure.
#pragma once

#include <string>

#include "common/credentials/refresher.hpp"

namespace acr::controller {

/// What failed, in at most about `limit` bytes, with the cloud's Code and RequestId whatever was cut off.
std::string describe_error(const Error& error, std::size_t limit);

/// Instance, region, what failed with the cloud's Code and RequestId, the one thing to do, until when the present login
/// serves, and the next try. At most 1024 bytes, which is what an Event holds: of the failure's own words the end is
/// left out first.
std::string build_failure_note(const credentials::InstanceStatus& status, const Error& error);

}  // namespace acr::controller
