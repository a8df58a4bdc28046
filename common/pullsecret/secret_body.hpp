// SPDX-License-Identifier: Apache-2.0
// The JSON of the pull Secret as it is sent to the API server.
#pragma once

#include <string>
#include <string_view>

#include "common/base/secret.hpp"
#include "common/pullsecret/wanted_secret.hpp"

namespace acr::pullsecret {

/// The whole object. `resource_version` empty = for a create; else for an update (PUT) that fails with 409 if the
/// object is no longer at that version. Holds credentials.
Secret build_secret_body(std::string_view namespace_name, const WantedSecret& wanted,
                         std::string_view resource_version = {});

/// A merge patch that gives an existing Secret our content, label and annotations, and leaves the labels and
/// annotations of others alone. The API server answers 409 if the object is no longer at `resource_version`. Holds
/// credentials.
Secret build_secret_patch(const WantedSecret& wanted, std::string_view resource_version);

}  // namespace acr::pullsecret
