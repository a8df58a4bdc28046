// SPDX-License-Identifier: Apache-2.0
// Which program wrote a field of an object, as metadata.managedFields has it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/json.hpp"

namespace acr::kube {

/// The name under which all our writes are recorded.
inline constexpr std::string_view kOwnFieldManager = "acr-credential-helper";

/// The field manager other than ours that owns `field` of the object, such as "f:data"; of several the one that wrote
/// last. Empty if there is none: nobody owns a field that was removed, nor what an admission webhook set. Anyone may
/// choose such a name: at most 128 bytes, control characters escaped (SEC-11).
std::string parse_foreign_manager(const JsonValue& object, std::string_view field);

/// A bounded word for a field manager, for a metric: well-known tools by name, "none" for an empty one, else "other".
std::string_view manager_word(std::string_view field_manager);

}  // namespace acr::kube
