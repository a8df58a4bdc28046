// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/refresher.hpp"

#include <algorithm>
#include <set>

#include "common/async/backoff.hpp"
#include "common/async/sleep.hpp"
#include "common/async/with_deadline.hpp"
#include "common/base/log.hpp"
#include "common/credentials/instance.hpp"

namespace acr::credentials {
namespace {

/// Wall-clock waits are cut into pieces, so that a clock that is set forward is noticed.
constexpr std::chrono::seconds kClockCheck{30};
constexpr std::chrono::seconds kSecretLimit{5};
/// How soon the end of a doubt is noticed.
constexpr std::chrono::seconds kDoubtCheck{1};

async::Deadline wait_for_wall_time(WallTime moment, WallTime now) {
  const auto left = std::max(moment - now, WallTime::duration{0});
  if (left > kClockCheck) return async::next_tick(kClockCheck);
  // One tick more: a timer that fires a hair early would spin.
  return async::deadline_in(std::chrono::duration_cast<std::chrono::milliseconds>(left) + std::chrono::milliseconds{1});
}

std::string join_warnings(std::string first, const std::string& second) {
  if (!first.empty() && !second.empty()) first += "; ";
  return first + second;
}

double unix_seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

Refresher::Refresher(async::Executor executor, alibaba::OpenApi& openapi, CredentialSource& default_source,
                     SecretReader read_secret, Metrics& metrics, RefresherCallbacks callbacks, RefresherOptions options)
    : executor_(executor),
      openapi_(openapi),
      default_source_(default_source),
      item_parts_{
          .openapi = openapi, .read_secret = std::move(read_secret), .oidc_token_file = options.oidc_token_file},
      callbacks_(std::move(callbacks)),
      options_(std::move(options)),
      expiry_(metrics.gauge("acr_credential_expiry_timestamp_seconds",
                            "When the registry login of an instance ends, in Unix time.")),
      failing_(
          metrics.gauge("acr_credential_refresh_failures",
                        "Failed attempts in a row to renew the registry login of an instance; 0 after a success.")),
      refreshes_(metrics.counter("acr_credential_refresh_total",
                                 "Attempts to renew a registry login by instance and result.")),
      changed_(executor),
      tasks_(executor) {
  if (!options_.random) options_.random = async::random_fraction;
}

Refresher::~Refresher() = default;

void Refresher::start() {
  if (running_) return;
  running_ = true;
  for (const auto& instance : instances_) {
    if (instance->login) show_expiry(*instance);
    tasks_.spawn("refresh " + instance->key, run(instance));
  }
  tasks_.spawn("expiry of logins", watch_expiry());
  tasks_.spawn("sources of failed logins", watch_sources());
  tasks_.spawn("secrets of failed logins", watch_secrets());
}

async::awaitable<void> Refresher::stop() {
  running_ = false;
  co_await tasks_.stop();
  for (const auto& instance : instances_) hide(*instance);
  changed_.notify_all();
}

async::awaitable<void> Refresher::run(InstancePointer instance) {
  while (!instance->removed) {
    const auto now = async::deadline_in({});
    const bool due = instance->retry_at ? *instance->retry_at <= now : instance->next_try <= openapi_.now();
    if (!due) {
      co_await instance->wake.wait_until(
          instance->retry_at.value_or(wait_for_wall_time(instance->next_try, openapi_.now())));
    } else if (instance->identity->throttled_until > now && !instance->has_given_way) {
      instance->has_given_way = true;
      const auto spread = options_.retry.first * options_.random();
      const auto wait =
          std::chrono::duration_cast<std::chrono::milliseconds>(instance->identity->throttled_until - now + spread);
      instance->retry_at = now + wait;
      instance->next_try = openapi_.now() + wait;
    } else if (!instance->admitted) {
      if (instance->login && instance->failures == 0) renew_others_too(*instance);
      co_await openapi_.begin_series(instance->identity->cache.source().accounts());
      instance->admitted = true;  // much may have happened meanwhile: look again
    } else {
      instance->admitted = false;
      instance->has_given_way = false;
      co_await attempt(instance);
      if (options_.once) co_return;
    }
  }
}

async::awaitable<void> Refresher::attempt(InstancePointer instance) {
  struct Running {
    explicit Running(Instance& running) : flag(running.attempting) { flag = true; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { flag = false; }
    bool& flag;
  };
  const auto generation = instance->generation;
  Result<RegistryLogin> login;
  {
    const Running running(*instance);
    const auto deadline = async::deadline_in(options_.attempt_limit);
    login = co_await async::with_deadline(deadline, "cannot log in to " + instance->key, refresh(instance, deadline));
  }
  // The answer to a question that is no longer asked; the changed configuration is already due.
  if (instance->removed || instance->generation != generation) co_return;
  if (login) {
    accept(*instance, std::move(*login));
  } else {
    reject(*instance, login.error());
  }
}

void Refresher::count(Instance& instance, std::string_view result) {
  const auto& word = *instance.counted_results.emplace(result).first;
  refreshes_.Add({{kInstanceLabel, instance.key}, {"result", word}}).Increment();
}

void Refresher::accept(Instance& instance, RegistryLogin login) {
  instance.failures = 0;
  instance.last_error.reset();
  instance.last_success = openapi_.now();
  instance.login = std::move(login);
  instance.had_login = true;
  plan_renewal(instance);
  count(instance, "ok");
  show_failures(instance);
  log::info("a registry login was obtained",
            {log::kv("instance", instance.key), log::kv("expires", format_rfc3339(instance.login->expires)),
             log::kv("next_refresh", format_rfc3339(instance.next_try))});
  const auto published = *instance.login;
  changed_.notify_all();
  if (callbacks_.on_login) callbacks_.on_login(published);
}

void Refresher::reject(Instance& instance, const Error& error) {
  ++instance.failures;
  instance.last_error = error;
  const bool long_term_key = instance.identity->cache.source().is_long_term();
  const auto pause = next_try(options_.retry, error, instance.failures, options_.random(), long_term_key);
  instance.retry_at = async::deadline_in(pause);
  instance.next_try = openapi_.now() + pause;
  if (error.kind == ErrorKind::Throttled) {
    // Others of this identity give way once, for as long as the cloud asked: the pause of one that is throttled again
    // and again would starve them.
    const auto asked =
        async::deadline_in(std::max(error.retry_after.value_or(options_.retry.first), options_.retry.first));
    instance.identity->throttled_until = std::max(instance.identity->throttled_until, asked);
  }
  count(instance, to_string(error.kind));
  show_failures(instance);
  log::warn("a registry login could not be renewed",
            {log::kv("instance", instance.key), log::kv("error", error.message), log::kv("failures", instance.failures),
             log::kv("present_login_ends", instance.login ? format_rfc3339(instance.login->expires) : "none"),
             log::kv("next_try", format_rfc3339(instance.next_try))});
  const auto status = status_of(instance);
  changed_.notify_all();
  if (callbacks_.on_failure) callbacks_.on_failure(status, error);
}

/// What is renewed together is published together. Left alone, logins that began together would drift apart by their
/// jitter until each new one was a write of its own to every namespace. But the cloud is not asked for all in one
/// moment: each has a place of its own in the window.
void Refresher::renew_others_too(const Instance& first) {
  const auto now = openapi_.now();
  const auto window = renewal_window(*first.login, threshold_);
  std::vector<Instance*> others;
  for (const auto& other : instances_) {
    const bool is_waiting = other->login && other->failures == 0 && !other->retry_at && other->next_try > now;
    const bool joins = other.get() != &first && is_waiting && !other->attempting && !other->in_batch;
    if (joins && other->may_renew <= now + window) others.push_back(other.get());
  }
  // Who has to be first is: so nobody's place is too late for it.
  std::ranges::sort(others, {}, [](const Instance* other) { return std::pair(other->login->expires, other->key); });
  const auto step = std::chrono::duration<double, std::milli>(window) / static_cast<double>(others.size());
  double place = 0;
  for (auto* other : others) {
    const auto slot = std::chrono::duration_cast<std::chrono::milliseconds>(step * (place++ + options_.random()));
    const auto latest = renew_at(*other->login, threshold_, 0);
    other->next_try = std::min(std::max(other->may_renew, now + slot), latest);
    other->in_batch = true;
    other->wake.notify_all();
  }
}

void Refresher::plan_renewal(Instance& instance) {
  instance.retry_at.reset();
  instance.in_batch = false;
  instance.may_renew = renew_at(*instance.login, threshold_, 1);
  // However short a login lives, the cloud is never asked in a tight loop.
  instance.next_try =
      std::max(renew_at(*instance.login, threshold_, options_.random()), instance.login->issued + options_.retry.first);
  const bool listed = instance.configured.domains.empty() && !instance.is_personal();
  if (listed) instance.next_try = std::min(instance.next_try, instance.login->issued + options_.hosts_life);
  show_expiry(instance);
}

void Refresher::show_expiry(const Instance& instance) {
  if (running_) expiry_.Add({{kInstanceLabel, instance.key}}).Set(unix_seconds(instance.login->expires));
}

/// Personal Edition that nobody asked for fails everywhere where it is not used: nothing to be alarmed by.
void Refresher::show_failures(const Instance& instance) {
  if (running_ && (!instance.configured.implicit || instance.had_login))
    failing_.Add({{kInstanceLabel, instance.key}}).Set(instance.failures);
}

async::awaitable<void> Refresher::watch_expiry() {
  for (;;) {
    drop_expired();
    auto earliest = WallTime::max();
    for (const auto& instance : instances_) {
      if (instance->login) earliest = std::min(earliest, instance->login->expires);
    }
    const auto now = openapi_.now();
    if (may_doubt_time()) earliest = std::max<WallTime>(earliest, now + kDoubtCheck);
    co_await changed_.wait_until(wait_for_wall_time(std::min<WallTime>(earliest, now + kClockCheck), now));
  }
}

async::awaitable<void> Refresher::watch_sources() {
  for (;;) {
    co_await async::sleep_until(async::next_tick(options_.source_check));
    for (const auto& instance : instances_) {
      const bool waits = instance->failures > 0 && !instance->attempting;
      if (waits && instance->identity->cache.source().has_changed()) make_due(*instance);
    }
  }
}

/// Nothing tells that a Secret was corrected: the rights are to read one by its name, not to watch it. So it is read
/// now and then, and only while somebody waits for it.
async::awaitable<void> Refresher::watch_secrets() {
  for (;;) {
    co_await async::sleep_until(async::next_tick(options_.secret_check));
    std::set<std::shared_ptr<Identity>> failed;
    for (const auto& instance : instances_) {
      if (instance->failures > 0 && !instance->attempting) failed.insert(instance->identity);
    }
    for (const auto& identity : failed) {
      if (co_await identity->cache.look_for_new_key(async::deadline_in(kSecretLimit))) retry_failed(*identity);
    }
  }
}

void Refresher::retry_failed(const Identity& identity) {
  for (const auto& instance : instances_) {
    if (instance->identity.get() == &identity && instance->failures > 0 && !instance->attempting) make_due(*instance);
  }
}

/// Whoever finds it there again finds it for all.
void Refresher::retry_without_credential(const Identity& identity) {
  for (const auto& instance : instances_) {
    const bool waits = instance->failures > 0 && instance->lacks_credential && !instance->attempting;
    if (waits && instance->identity.get() == &identity) make_due(*instance);
  }
}

bool Refresher::may_doubt_time() const {
  return !openapi_.clock().is_known() && async::deadline_in({}) < doubt_until_;
}

void Refresher::drop_expired() {
  const auto now = openapi_.now();
  for (const auto& instance : std::vector<InstancePointer>(instances_)) {
    if (!instance->login || instance->login->expires > now || may_doubt_time()) continue;
    const auto expired = std::exchange(instance->login, std::nullopt);
    log::error("a registry login has ended without a successor; its hosts leave the pull Secrets",
               {log::kv("instance", instance->key),
                log::kv("last_error", instance->last_error ? instance->last_error->message : "none")});
    changed_.notify_all();
    if (callbacks_.on_expired) callbacks_.on_expired(*expired);
  }
}

std::vector<RegistryLogin> Refresher::logins() const {
  std::vector<RegistryLogin> good;
  const auto now = openapi_.now();
  for (const auto& instance : instances_) {
    if (instance->login && instance->login->expires > now) good.push_back(*instance->login);
  }
  return good;
}

std::vector<RegistryLogin> Refresher::kept_logins() const {
  std::vector<RegistryLogin> kept;
  for (const auto& instance : instances_) {
    if (instance->login) kept.push_back(*instance->login);
  }
  return kept;
}

bool Refresher::keeps_others_than(const std::set<std::string>& instance_keys) const {
  return std::ranges::any_of(
      instances_, [&](const auto& instance) { return instance->login && !instance_keys.contains(instance->key); });
}

bool Refresher::is_in_doubt() const {
  const auto has_ended = [now = openapi_.now()](const InstancePointer& instance) {
    return instance->login && instance->login->expires <= now;
  };
  return may_doubt_time() && std::ranges::any_of(instances_, has_ended);
}

AwaitedHosts Refresher::awaited_hosts() const {
  AwaitedHosts awaited;
  for (const auto& instance : instances_) {
    if (instance->had_login) continue;
    const auto hosts = instance->known_hosts();
    awaited.hosts.insert(awaited.hosts.end(), hosts.begin(), hosts.end());
    awaited.unknown = awaited.unknown || hosts.empty();
  }
  return awaited;
}

std::vector<InstanceStatus> Refresher::status() const {
  std::vector<InstanceStatus> all;
  all.reserve(instances_.size());
  for (const auto& instance : instances_) all.push_back(status_of(*instance));
  return all;
}

InstanceStatus Refresher::status_of(const Instance& instance) const {
  InstanceStatus status{.instance_key = instance.key,
                        .instance_id = instance.configured.instance_id,
                        .region_id = instance.configured.region_id,
                        .implicit = instance.configured.implicit,
                        .source = instance.identity->cache.source().name(),
                        .chain = instance.identity->cache.source().chain(),
                        .access_key = instance.access_key,
                        .warning = join_warnings(instance.identity->cache.source().warning(), instance.hosts_warning),
                        .failures = instance.failures,
                        .last_error = instance.last_error,
                        .last_success = instance.last_success,
                        .next_try = {},
                        .expires = {}};
  if (running_ && !instance.attempting) status.next_try = instance.next_try;
  if (instance.login) status.expires = instance.login->expires;
  return status;
}

}  // namespace acr::credentials
