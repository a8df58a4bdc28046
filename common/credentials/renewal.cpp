// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/renewal.hpp"

#include <algorithm>

#include "common/async/backoff.hpp"
#include "common/config/renewal_lead.hpp"

namespace acr::credentials {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWidestJitter{8 * 60 * 1000};
/// More than the tenth that is promised, since the first and the last do not stand at the very edges.
constexpr int kWindowsInLife = 9;

milliseconds scale(milliseconds duration, double factor) {
  return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(duration.count()) * factor));
}

milliseconds widest_jitter(milliseconds way) {
  return std::min(way / 4, kWidestJitter);
}

milliseconds life_of(const RegistryLogin& login) {
  return std::max(std::chrono::duration_cast<milliseconds>(login.expires - login.issued), milliseconds{0});
}

/// Pauses that are a promise ("10 minutes or slower") are only ever lengthened.
milliseconds lengthen(milliseconds pause, double random) {
  return pause + scale(pause, random / 2);
}

}  // namespace

WallTime renew_at(const RegistryLogin& login, milliseconds threshold, double random) {
  const auto life = life_of(login);
  const auto way = life - config::renewal_lead(threshold, life);
  return login.issued + way - scale(widest_jitter(way), random);
}

milliseconds renewal_window(const RegistryLogin& login, milliseconds threshold) {
  const auto life = life_of(login);
  const auto lead = config::renewal_lead(threshold, life);
  // The second batch begins a little after the first has ended, with the next login that arrives.
  return std::min({widest_jitter(life - lead), life / kWindowsInLife, lead * 3 / 5});
}

milliseconds needed_life(milliseconds threshold) {
  return threshold + std::min(threshold, kWidestJitter);
}

milliseconds next_try(const RetryPolicy& policy, const Error& error, int failures, double random, bool long_term_key) {
  const auto asked = error.retry_after.value_or(milliseconds{0});
  if (error.kind == ErrorKind::NotFound && error.code.empty())
    return std::max(lengthen(policy.no_source, random), asked);
  const auto failure_class = alibaba::class_of(error);
  // Over an access key there may be a session of a role, which is made anew.
  const bool key_refused =
      failure_class == alibaba::FailureClass::NewCredential && !error.code.starts_with("InvalidSecurityToken");
  // Its source has read the token once more already.
  const bool provider_refuses = error.code.starts_with("AuthenticationFail.OIDCToken.Invalid");
  const bool hopeless =
      failure_class == alibaba::FailureClass::UserMustAct || (long_term_key && key_refused) || provider_refuses;
  if (hopeless) return std::max(lengthen(policy.user_must_act, random), asked);
  const auto pause = async::backoff_delay({.first = policy.first, .cap = policy.cap}, std::max(failures, 1), random);
  // A throttled call is never repeated within the second, whatever the jitter says.
  const auto least = error.kind == ErrorKind::Throttled ? policy.first : milliseconds{0};
  return std::max({std::min(pause, policy.cap), least, lengthen(asked, random)});
}

std::optional<WallTime> publish_at(const std::vector<Unpublished>& waiting, milliseconds lead,
                                   milliseconds newcomers_wait) {
  std::optional<WallTime> moment;
  for (const auto& login : waiting) {
    auto own = login.arrived + std::min(newcomers_wait, lead / 3);
    if (login.replaces_expiry)
      own = std::max(login.arrived, std::min(login.arrived + lead / 3, *login.replaces_expiry - lead * 2 / 3));
    own = std::min(own, login.latest);
    moment = std::min(moment.value_or(own), own);
  }
  return moment;
}

}  // namespace acr::credentials
