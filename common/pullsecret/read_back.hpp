// SPDX-License-Identifier: Apache-2.0
// Our own output, read as a node reads it, before it is written. Pure.
#pragma once

#include "common/base/error.hpp"
#include "common/pullsecret/wanted_secret.hpp"

namespace acr::pullsecret {

/// Error (Protocol): a node could not use the docker config of `wanted` as it is meant. One field that it cannot read
/// costs a pod all its images, public ones too, so nothing is better than that. No secret in the message.
Result<void> read_back(const WantedSecret& wanted);

}  // namespace acr::pullsecret
