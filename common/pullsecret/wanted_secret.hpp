// SPDX-License-Identifier: Apache-2.0
// The Secret that every covered namespace shall have, and what to do about the one that is there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.hpp"
#include "common/base/time.hpp"
#include "common/kube/object.hpp"
#include "common/pullsecret/docker_config.hpp"
#include "common/pullsecret/entry_ends.hpp"

namespace acr::pullsecret {

struct WantedSecret {
  std::string name;
  Secret docker_config;
  /// Of the earliest entry; nullopt while there is none.
  std::optional<WallTime> earliest_expiry;
  WallTime refreshed_at{};
  /// SHA-256 of `docker_config` in hex, as kube::SecretInfo::digest.
  std::string digest;
  /// The hosts that `docker_config` serves, sorted.
  std::vector<std::string> hosts;
  /// When each of them stops working.
  std::vector<WallTime> ends = {};
  EndMarks end_marks = {};
};

/// `refreshed_at`: when the logins were last renewed.
WantedSecret build_wanted_secret(std::string name, const DockerConfig& config, WallTime refreshed_at);

/// What to do with the Secret of our name in one namespace.
struct SecretAction {
  enum class Kind {
    None,      ///< it is as it should be
    Create,    ///< there is none
    Update,    ///< ours, with other content
    Adopt,     ///< not ours, but of the right type: take it over (Event `Adopted` lists `dropped_hosts`)
    Replace,   ///< ours, but with a wrong type or immutable: delete it and create it anew
    Conflict,  ///< not ours and of a wrong type: leave it (Event `AdoptionConflict`)
    Wait,      ///< it is being deleted: look again when it is gone
  };
  Kind kind = Kind::None;
  /// Adopt: hosts that its old content served and the new one does not.
  std::vector<std::string> dropped_hosts;
  /// Conflict: what is in the way, for the Event.
  std::string reason;
};

/// Decides from what the cache holds. Content is compared by digest, our label and the annotations that say
/// when entries end; a newer refreshed-at alone causes no write. Foreign Secrets are adopted only if their type fits: a
/// type cannot be changed (WR-9).
SecretAction plan_secret(const std::optional<kube::SecretInfo>& current, const WantedSecret& wanted);

/// May the Secret be deleted when its namespace leaves the scope? Only with our label.
bool may_delete(const kube::SecretInfo& current);

}  // namespace acr::pullsecret
