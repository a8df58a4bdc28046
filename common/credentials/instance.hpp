// SPDX-License-Identifier: Apache-2.0
// The parts of a Refresher: one registry instance and one RAM identity. Internal to this folder.
#pragma once

#include <set>

#include "common/credentials/refresher.hpp"

namespace acr::credentials {

/// Who calls the cloud; shared by all instances that use the same RAM credential, so that it is fetched and throttled
/// once.
struct Refresher::Identity {
  Identity(const async::Executor& executor, std::unique_ptr<CredentialSource> owned, CredentialSource& source,
           alibaba::CloudTime time, const RetryPolicy& retry)
      : own_source(std::move(owned)), cache(executor, source, std::move(time), retry) {}

  std::unique_ptr<CredentialSource> own_source;  ///< empty for the default source
  CredentialCache cache;
  async::Deadline throttled_until{};
};

/// Of metrics. Not `instance`, which Prometheus gives to every series for the process that it came from.
inline constexpr const char* kInstanceLabel = "registry_instance";

struct Refresher::Instance {
  Instance(const async::Executor& executor, config::RegistryInstance item, std::string name)
      : configured(std::move(item)), key(std::move(name)), wake(executor) {}

  config::RegistryInstance configured;
  std::string key;
  std::shared_ptr<Identity> identity;
  std::optional<RegistryLogin> login;
  bool had_login = false;                 ///< since this process began
  std::string access_key;                 ///< masked: of the credential that asked last
  std::vector<std::string> listed_hosts;  ///< the last answer of ListInstanceEndpoint
  async::Deadline listed_until{};
  std::string hosts_warning;  ///< why the hosts are those of the name rule; empty if they are not
  int failures = 0;
  std::optional<Error> last_error;
  bool lacks_credential = false;  ///< that was why the last attempt failed
  std::optional<WallTime> last_success;
  std::set<std::string> counted_results;  ///< for which a counter stands under its key
  WallTime next_try{};                    ///< wall-clock time, because a login ends by it
  WallTime may_renew{};                   ///< from when on the login may be renewed together with others
  bool in_batch = false;                  ///< next_try is its place among those
  std::optional<async::Deadline>
      retry_at;           ///< instead of next_try after a failure, or when due now: neither cares about the clock
  int generation = 0;     ///< counts changes of the configuration; an attempt begun before one does not count
  bool admitted = false;  ///< by the budget of calls, to the next attempt
  bool attempting = false;
  bool has_given_way = false;  ///< to another instance of its identity that the cloud throttled, before this attempt
  bool removed = false;
  async::Notifier wake;

  [[nodiscard]] bool is_personal() const { return configured.instance_id.empty(); }
  /// The hosts that it is for, as far as they are known without a call.
  [[nodiscard]] std::vector<std::string> known_hosts() const;
  bool settle_hosts(RegistryLogin& of) const;
};

/// Names for the items of a configuration: the plain key, with a digest where it would stand twice.
std::vector<std::string> build_instance_keys(const std::vector<config::RegistryInstance>& items);

}  // namespace acr::credentials
