// SPDX-License-Identifier: Apache-2.0
// The texts that ruled as the state Secret keeps them: a projection that drops the logins beside them at once.
#pragma once

#include <string>

#include "common/config/text_memory.hpp"
#include "common/kube/object.hpp"
#include "common/kube/parse.hpp"

namespace acr::webhook {

struct StoredTexts {
  kube::ObjectKey key;
  std::string resource_version;
  config::Remembered texts;  ///< without what is damaged

  friend bool operator==(const StoredTexts&, const StoredTexts&) = default;
};

/// Reads the state Secret.
Result<StoredTexts> parse_stored_texts(const JsonValue& secret);

}  // namespace acr::webhook

namespace acr::kube {

template <>
inline Result<webhook::StoredTexts> parse_object(const JsonValue& object) {
  return webhook::parse_stored_texts(object);
}

}  // namespace acr::kube
