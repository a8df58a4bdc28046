// SPDX-License-Identifier: Apache-2.0
// Replaces the webhook's CA without a moment in which an API server distrusts a replica (CRT-6): publish the new one
// beside the old, wait until API servers know it, sign with it, forget the old one when its last leaf is gone.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "certs/bundle.hpp"
#include "certs/judge.hpp"

namespace acr::certs {

/// API servers learn a new caBundle by watch, which nobody can observe from outside.
inline constexpr std::chrono::minutes kPublishWait{2};
/// How long replicas may go on signing with the old CA after the switch (a watch that is behind).
inline constexpr std::chrono::hours kSwitchGrace{1};

enum class RotationStep {
  None,
  Create,         ///< no usable CA: make one and sign with it at once
  AddNext,        ///< make the next CA and add it to the bundle
  SwitchSigning,  ///< the next CA becomes the signing one
  DropOld,        ///< the bundle shrinks to the signing CA
};
std::string_view to_string(RotationStep step);

struct RotationPlan {
  RotationStep step = RotationStep::None;
  std::string reason;                       ///< for the log, such as "signing CA: renewal_due"
  std::optional<WallTime> look_again = {};  ///< when time alone will call for a step
};

/// What to do with the CA Secret now. `current` is nullopt if the Secret is absent or unreadable. `published_since` is
/// when the caller first saw every registration carry the whole of current->bundle_pem (it may forget that at a
/// restart: the wait then begins anew); nullopt if some registration lacks it; pass WallTime{} if nothing is
/// registered, so that nobody has to learn.
RotationPlan plan_rotation(const std::optional<AuthoritySet>& current, const HostNames& names,
                           std::optional<WallTime> published_since, WallTime now);

/// The set after `step`. Create and AddNext make a new CA. A still valid old certificate stays in the bundle at Create.
Result<AuthoritySet> apply_rotation(const std::optional<AuthoritySet>& current, RotationStep step,
                                    const HostNames& names, WallTime now);

}  // namespace acr::certs
