// SPDX-License-Identifier: Apache-2.0
// JSON Patches of imagePullSecrets: the only two shapes that always apply (ADM-8), and their re-application. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json_scanner.hpp"

namespace acr::webhook {

/// The list as it was received.
struct PullSecretList {
  bool filled = false;             ///< false: absent, null or empty, which are one case
  bool malformed = false;          ///< not a list of objects; the API server would not send that
  std::vector<std::string> names;  ///< in order; an entry without a name is ""

  friend bool operator==(const PullSecretList&, const PullSecretList&) = default;
};

/// Reads the value of `imagePullSecrets` at the cursor.
PullSecretList read_pull_secrets(JsonScanner& scanner);

/// Adds `name` at the end: to an absent, null or empty list by adding a whole list, else by "/-". Empty if it is there
/// already.
std::string build_append_patch(const PullSecretList& list, std::string_view name);

/// Makes the list [name]; empty if it is that already.
std::string build_overwrite_patch(const PullSecretList& list, std::string_view name);

/// The names after `patch` as an API server would apply it; nullopt if it would not apply, which fails the user's
/// request even under failurePolicy Ignore.
std::optional<std::vector<std::string>> apply_patch(const PullSecretList& list, std::string_view patch);

}  // namespace acr::webhook
