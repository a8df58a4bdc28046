// SPDX-License-Identifier: Apache-2.0
// A report as a table for people and as JSON for scripts. Pure.
#pragma once

#include <string>

#include "controller/credential_check/report.hpp"

namespace acr::controller {

/// One row for each instance; under a failed one its Code and RequestId, what failed, and the one thing to do; the last
/// line counts.
std::string print_text(const CredentialReport& report);

/// {"result": "good" or "bad", "configuration", "configuration_errors", "region", "instances": [{"result", "instance",
/// "instanceId", "regionId", "identity", "roles", "accessKeyId", "domains", "expires", "warning", "failure": {"kind",
/// "code", "requestId", "message", "advice"}}]}, one line.
std::string print_json(const CredentialReport& report);

}  // namespace acr::controller
