// SPDX-License-Identifier: Apache-2.0
// How long before its end a login is renewed: what expiring-threshold comes to for the life that the login has.
#pragma once

#include <algorithm>
#include <chrono>

namespace acr::config {

/// The life of a login, unless the session of a role is shorter.
inline constexpr std::chrono::seconds kUsualLife{3600};

/// The threshold, but at most half of the life: a longer threshold never renews later, and a login that lives shorter
/// than the threshold is not due as it comes.
constexpr std::chrono::milliseconds renewal_lead(std::chrono::milliseconds threshold, std::chrono::milliseconds life) {
  return std::min(threshold, life / 2);
}

}  // namespace acr::config
