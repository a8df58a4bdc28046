// SPDX-License-Identifier: Apache-2.0
// Keeps one fresh login per registry instance. Each instance has its own task, so that one which hangs or fails delays
// no other.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/alibaba/openapi_client.hpp"
#include "common/async/notifier.hpp"
#include "common/async/task_group.hpp"
#include "common/base/metrics.hpp"
#include "common/config/settings.hpp"
#include "common/credentials/cache.hpp"
#include "common/credentials/item_source.hpp"
#include "common/credentials/registry_login.hpp"
#include "common/credentials/renewal.hpp"
#include "common/credentials/source.hpp"

namespace acr::credentials {

/// How one instance is doing.
struct InstanceStatus {
  std::string instance_key;
  std::string instance_id;
  std::string region_id;
  bool implicit = false;            ///< Personal Edition only because no item was written: its failures are warnings
  std::string source;               ///< which RAM credential is used
  std::vector<std::string> chain;   ///< how that credential comes about; see CredentialSource::chain()
  std::string access_key;           ///< "***" and the last four of the key that asked last; empty if none has
  std::string warning;              ///< in which way it is less than was configured; empty if in none
  int failures = 0;                 ///< in a row
  std::optional<Error> last_error;  ///< of the last attempt; nullopt after a success
  std::optional<WallTime> last_success;
  std::optional<WallTime> next_try;  ///< nullopt while an attempt is running or while stopped
  std::optional<WallTime> expires;   ///< of the login in use; nullopt if there is none
};

/// Hosts for which there may be a login that is not known here.
struct AwaitedHosts {
  std::vector<std::string> hosts;
  bool unknown = false;  ///< there are more, which only the cloud could tell
};

struct RefresherOptions {
  std::chrono::milliseconds attempt_limit{30000};  ///< for one whole refresh, all calls together
  std::chrono::hours hosts_life{6};                ///< how long the list of an instance's hosts is good
  std::chrono::milliseconds source_check{5000};    ///< how often the sources of failed instances are looked at
  std::chrono::milliseconds secret_check{30000};   ///< how often those are that must read a Secret for it
  RetryPolicy retry = {};
  bool once = false;                    ///< one attempt for each instance, whatever comes of it, and no renewal
  std::string oidc_token_file = {};     ///< for items with a role for RRSA
  std::function<double()> random = {};  ///< jitter; default async::random_fraction
};

/// Called from the Refresher's own tasks, never from within apply(), restore() or another call. They must not throw.
struct RefresherCallbacks {
  std::function<void(const RegistryLogin&)> on_login;                   ///< a new login, or new hosts of one
  std::function<void(const InstanceStatus&, const Error&)> on_failure;  ///< every failed attempt; see failures
  std::function<void(const RegistryLogin&)> on_expired;                 ///< dropped at its expiry without a successor
};

/// Metrics: acr_credential_expiry_timestamp_seconds, acr_credential_refresh_failures and
/// acr_credential_refresh_total, by registry_instance.
class Refresher {
 public:
  /// `openapi`, `default_source` (for items without an identity of their own) and `metrics` must outlive it.
  Refresher(async::Executor executor, alibaba::OpenApi& openapi, CredentialSource& default_source,
            SecretReader read_secret, Metrics& metrics, RefresherCallbacks callbacks, RefresherOptions options = {});
  ~Refresher();

  /// The instances to keep logged in, in order. Those that are the same keep their login and schedule; removed ones
  /// lose theirs; those whose identity changed keep their login until a new one is there, and are tried at once. An
  /// instance that is named by more or fewer items than before goes on under other keys: who asks for it stays logged
  /// in, and hosts that were served go to whoever has them now. Items that name a role for RRSA only get a login if it
  /// is enabled.
  void apply(std::vector<config::RegistryInstance> instances, std::chrono::milliseconds threshold,
             bool rrsa_enabled = false);

  /// Logins of an earlier process. Taken by the instances of the same key, now or at the next apply(), if they are
  /// still good (or in doubt) and no newer one is there; else as apply() does. While they are fresh no cloud call is
  /// made, unless another identity asks now, or the hosts are those of `domains` that are no longer configured.
  void restore(std::vector<RegistryLogin> logins);

  /// Only the leader refreshes. Starting twice is allowed, also after stop().
  void start();
  /// Waits for all tasks; logins stay. Must be awaited before destruction.
  async::awaitable<void> stop();

  /// Tries an instance again now, e.g. because the Secret of its access key changed; all of them if `instance_key` is
  /// empty.
  void retry_now(const std::string& instance_key = {});

  /// The cloud's time, by which logins end; what a later process must know of it, and what an earlier one knew.
  [[nodiscard]] WallTime now() const { return openapi_.now(); }
  [[nodiscard]] std::optional<alibaba::ClockReading> clock_correction() const { return openapi_.clock().correction(); }
  void restore_clock(const alibaba::ClockReading& reading) { openapi_.clock().restore(reading); }

  /// The logins that are good at this moment, in the order of apply(). An expired one is never among them.
  [[nodiscard]] std::vector<RegistryLogin> logins() const;
  /// Those that a later process is to start from: also the ones that are in doubt.
  [[nodiscard]] std::vector<RegistryLogin> kept_logins() const;
  /// Are there any of other instances than these?
  [[nodiscard]] bool keeps_others_than(const std::set<std::string>& instance_keys) const;
  /// Have restored logins ended only by a clock that may be wrong? What the cloud says to the attempts under way, or a
  /// minute after restore() the clock as it is, decides; till then nothing may be concluded from logins().
  [[nodiscard]] bool is_in_doubt() const;
  [[nodiscard]] std::vector<InstanceStatus> status() const;
  /// Of instances that have had no login since this process began, not even a stored one.
  [[nodiscard]] AwaitedHosts awaited_hosts() const;
  /// Wakes whenever logins() or status() may have changed.
  [[nodiscard]] async::Notifier& changed() { return changed_; }

 private:
  struct Identity;
  struct Instance;
  using InstancePointer = std::shared_ptr<Instance>;

  std::shared_ptr<Identity> find_identity(const config::RegistryInstance& configured);
  InstancePointer add(config::RegistryInstance configured, std::string key);
  bool change(Instance& instance, config::RegistryInstance configured);
  void rename(Instance& instance, std::string key);
  void remove(Instance& instance);
  void forget_series(Instance& instance);
  void take_restored();
  bool adopt(Instance& instance, RegistryLogin login, bool is_restored);
  void borrow(Instance& instance, const std::vector<RegistryLogin>& served);
  void plan_renewal(Instance& instance);
  void show_expiry(const Instance& instance);
  void show_failures(const Instance& instance);
  void hide(const Instance& instance);
  void make_due(Instance& instance);
  void renew_others_too(const Instance& first);

  async::awaitable<void> run(InstancePointer instance);
  async::awaitable<void> attempt(InstancePointer instance);
  [[nodiscard]] bool is_vain(const Instance& instance, const alibaba::RamCredentials& caller) const;
  async::awaitable<Result<RegistryLogin>> refresh(InstancePointer instance, async::Deadline deadline);
  async::awaitable<Result<RegistryLogin>> refresh_as(InstancePointer instance, alibaba::RamCredentials caller,
                                                     async::Deadline deadline);
  async::awaitable<Result<std::vector<std::string>>> find_hosts(InstancePointer instance,
                                                                alibaba::RamCredentials caller,
                                                                async::Deadline deadline);
  void count(Instance& instance, std::string_view result);
  void accept(Instance& instance, RegistryLogin login);
  void reject(Instance& instance, const Error& error);

  async::awaitable<void> watch_expiry();
  async::awaitable<void> watch_sources();
  async::awaitable<void> watch_secrets();
  void retry_failed(const Identity& identity);
  void retry_without_credential(const Identity& identity);
  [[nodiscard]] bool may_doubt_time() const;
  void drop_expired();
  [[nodiscard]] InstanceStatus status_of(const Instance& instance) const;

  async::Executor executor_;
  alibaba::OpenApi& openapi_;
  CredentialSource& default_source_;
  ItemSourceParts item_parts_;
  RefresherCallbacks callbacks_;
  RefresherOptions options_;
  GaugeFamily& expiry_;
  GaugeFamily& failing_;
  CounterFamily& refreshes_;
  std::chrono::milliseconds threshold_{15 * 60 * 1000};
  std::vector<InstancePointer> instances_;
  std::map<std::string, std::weak_ptr<Identity>> identities_;
  std::vector<RegistryLogin> restored_;
  async::Deadline doubt_until_{};
  bool running_ = false;
  async::Notifier changed_;
  async::TaskGroup tasks_;
};

}  // namespace acr::credentials
