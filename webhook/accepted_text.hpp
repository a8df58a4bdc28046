// SPDX-License-Identifier: Apache-2.0
// The last accepted configuration text as the state Secret keeps it: a projection that drops the logins beside it at
// once.
#pragma once

#include <optional>
#include <string>

#include "common/kube/object.hpp"
#include "common/kube/parse.hpp"

namespace acr::webhook {

struct AcceptedText {
  kube::ObjectKey key;
  std::string resource_version;
  std::optional<kube::TextMap> data;  ///< of the ConfigMap; nullopt if none was ever accepted, or it is damaged

  friend bool operator==(const AcceptedText&, const AcceptedText&) = default;
};

/// Reads key "configuration" of the state Secret: a JSON object of strings.
Result<AcceptedText> parse_accepted_text(const JsonValue& secret);

}  // namespace acr::webhook

namespace acr::kube {

template <>
inline Result<webhook::AcceptedText> parse_object(const JsonValue& object) {
  return webhook::parse_accepted_text(object);
}

}  // namespace acr::kube
