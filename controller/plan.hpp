// SPDX-License-Identifier: Apache-2.0
// What to do with one Namespace or one ServiceAccount, given what is and what is wanted. Pure: no clock, no network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/config/settings.hpp"
#include "common/kube/object.hpp"
#include "common/pullsecret/kept_entries.hpp"
#include "common/pullsecret/wanted_secret.hpp"

namespace acr::controller {

/// Logins that were never known here, since there is no state to tell of them, and may still stand in pull Secrets.
struct AwaitedLogins {
  /// False until every instance has a login or has failed to get one: till then no Secret loses a host whose entry may
  /// be good.
  bool tried = true;
  /// Whose instance has got none yet; sorted.
  std::vector<std::string> hosts = {};
  /// One has got none yet of which the hosts are not known either.
  bool any_host = false;

  [[nodiscard]] bool none() const { return tried && hosts.empty() && !any_host; }
  friend bool operator==(const AwaitedLogins&, const AwaitedLogins&) = default;
};

/// The rules in force while a decision is made.
struct Rules {
  const config::Settings* settings = nullptr;
  std::string secret_name;
  std::vector<std::string> previous_secret_names = {};
  /// False while bindings and Secrets outside the scope must stay (rejected first configuration, ScopeShrinking).
  bool removals_allowed = false;
  const AwaitedLogins* awaited = nullptr;  ///< nullptr = none
  /// Is the configuration partial? Items that are unknown or were not understood may have hosts too.
  bool hosts_uncertain = false;
  /// The cloud's time.
  WallTime now = {};
};

/// A change of one ServiceAccount's imagePullSecrets to exactly `list`, valid only for the resourceVersion it was
/// planned on (WR-1).
struct BindingChange {
  enum class Kind { Bind, Unbind };
  Kind kind = Kind::Bind;
  std::vector<std::string> list;

  friend bool operator==(const BindingChange&, const BindingChange&) = default;
};

/// Is the Namespace one that should have our Secret?
bool is_covered(const Rules& rules, const kube::NamespaceInfo& namespace_info);
/// Is the ServiceAccount one that should carry our entry?
bool is_covered(const Rules& rules, const kube::NamespaceInfo& namespace_info, const kube::ServiceAccountInfo& account);

/// nullopt = leave it. `secret` is the Secret of our name in that namespace, nullptr if none: an entry that names
/// somebody else's Secret is not ours to take away, and an entry of an earlier name moves over only once ours is there.
std::optional<BindingChange> plan_service_account(const Rules& rules, const kube::NamespaceInfo* namespace_info,
                                                  const kube::ServiceAccountInfo& account,
                                                  const kube::SecretInfo* secret);

/// What to do with the aggregated Secret of a namespace.
struct SecretPlan {
  /// Set once there is something to write or to say: in a covered namespace, and outside the scope for as long as our
  /// Secret must stay there. What pods refer to is kept fresh: an entry that has ended breaks even anonymous pulls.
  std::optional<pullsecret::SecretAction> write = {};
  /// Entries of awaited logins that the Secret keeps from its own content until they end, never from another one; in
  /// the order of their hosts.
  std::vector<pullsecret::KeptEntry> keep = {};
  /// Has somebody changed what we wrote about their ends?
  bool undone = false;
  /// When the first of these ends, or, while no login was ever known, when the content that stands there has ended.
  std::optional<WallTime> look_again = {};
  /// The Secret is ours and outside the scope, and its last binding is gone (design 4.2: unbind first).
  bool remove = false;
};

/// `wanted` is nullptr as long as no login was ever known; then an existing Secret stays as it is, until it
/// has_ended(). `bound_accounts` counts the ServiceAccounts of the namespace that still carry our entry.
SecretPlan plan_namespace(const Rules& rules, const kube::NamespaceInfo* namespace_info, const kube::SecretInfo* secret,
                          const pullsecret::WantedSecret* wanted, std::size_t bound_accounts);

/// Is it ours, and is its first entry known to be dead? A dead entry is worse than none: even anonymous pulls fail.
bool has_ended(const kube::SecretInfo& secret, WallTime now);

/// How a new configuration would change what is bound.
struct ScopeChange {
  std::size_t bound = 0;         ///< ServiceAccounts that carry our entry now
  std::size_t would_unbind = 0;  ///< of those, outside the new scope
};

/// Must the removals of this change wait (design idea 5: more than half of the bound ones and more than 10)?
bool is_shrinking_too_fast(const ScopeChange& change);

}  // namespace acr::controller
