// SPDX-License-Identifier: Apache-2.0
// JSON merge patches (RFC 7386), as the API server applies them.
#pragma once

#include "common/base/json.hpp"

namespace acr::fakes {

void apply_merge_patch(JsonDocument& target, const JsonValue& patch);

}  // namespace acr::fakes
