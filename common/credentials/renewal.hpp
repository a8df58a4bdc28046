// SPDX-License-Identifier: Apache-2.0
// When to renew a login, when to try again and when to publish: arithmetic over times. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "common/alibaba/errors.hpp"
#include "common/credentials/registry_login.hpp"

namespace acr::credentials {

/// When to fetch a login anew: `threshold` before it expires, but never before half of its life is over. Made earlier
/// by up to a quarter of the way (at most 8 min) by `random` in [0, 1], so that clusters which began together do not
/// ask together. Always after `issued`.
WallTime renew_at(const RegistryLogin& login, std::chrono::milliseconds threshold, double random);

/// Over how long a time logins that are renewed together are asked for: so that the calls of many are spread over a
/// tenth of their life, but never longer than the jitter of one, nor than two batches of publish_at() take.
std::chrono::milliseconds renewal_window(const RegistryLogin& login, std::chrono::milliseconds threshold);

/// How long a RAM credential must still live to be used for a new login: a login ends with it, and is renewed up to the
/// widest jitter before `threshold`.
std::chrono::milliseconds needed_life(std::chrono::milliseconds threshold);

struct RetryPolicy {
  std::chrono::milliseconds first{1000};  ///< doubled at each further failure
  std::chrono::milliseconds cap{5 * 60 * 1000};
  std::chrono::milliseconds no_source{60 * 1000};  ///< no RAM credential to be had: a role can be attached at run time
  std::chrono::milliseconds user_must_act{10 * 60 * 1000};
};

/// The pause after the `failures`-th failure in a row (1 = the first), never shorter than the cloud asked for.
/// `long_term_key`: the identity is an access key, which no waiting makes right once the cloud has refused it.
std::chrono::milliseconds next_try(const RetryPolicy& policy, const Error& error, int failures, double random,
                                   bool long_term_key = false);

/// A login that is not in the pull Secrets yet, or one that is to leave them.
struct Unpublished {
  WallTime arrived;  ///< or vanished
  std::optional<WallTime>
      replaces_expiry;  ///< when the published login of the same instance ends; nullopt = none is published
  WallTime latest = WallTime::max();
};

/// When all of `waiting` are to be published together; nullopt if there are none. A renewed login waits for others up
/// to a third of `lead`, but not once the login it replaces has under 2/3 of `lead` left; what replaces none waits for
/// `newcomers_wait`, at most as long. `lead`: how long before their end logins are renewed (config::renewal_lead).
std::optional<WallTime> publish_at(const std::vector<Unpublished>& waiting, std::chrono::milliseconds lead,
                                   std::chrono::milliseconds newcomers_wait = {});

}  // namespace acr::credentials
