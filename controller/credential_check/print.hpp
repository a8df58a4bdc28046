// SPDX-License-Identifier: Apache-2.0
// A report as a table for people and as JSON for scripts. Pure.
#pragma once

#include <string>

#include "controller/credential_check/report.hpp"

namespace acr::controller {

/// One row for each instance; under a failed one its Code and RequestId, what failed, and the one thing to do; then
/// what each host that was asked made of the login. The last line counts.
std::string print_text(const CredentialReport& report);

/// {"result": "good" or "bad", "configuration", "configuration_errors", "region", "instances": [{"result", "instance",
/// "instanceId", "regionId", "identity", "roles", "accessKeyId", "domains", "hosts": [{"host", "result", "detail",
/// "advice"}], "expires", "warning", "failure": {"kind", "code", "requestId", "message", "advice"}}]}, one line. The
/// result of a host is a word of to_string(HostAnswer).
std::string print_json(const CredentialReport& report);

}  // namespace acr::controller
