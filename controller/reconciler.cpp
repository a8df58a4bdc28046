// SPDX-License-Identifier: Apache-2.0
#include "controller/reconciler.hpp"

#include <algorithm>

#include "common/async/sleep.hpp"
#include "common/base/log.hpp"
#include "common/kube/status_error.hpp"
#include "common/pullsecret/binding.hpp"
#include "controller/scope.hpp"
#include "controller/secret_report.hpp"

namespace acr::controller {
namespace {

using async::Priority;

/// As many as requests may be in flight. The lease has a client of its own, and watches take no place.
constexpr int kWorkers = 32;
constexpr async::BackoffPolicy kRetry{.first = std::chrono::milliseconds{50}, .cap = std::chrono::minutes{5}};
constexpr std::chrono::seconds kReportEvery{2};
/// kube-apiserver holds a first object back for 50 ms if its own watch has not brought it the namespace yet, which
/// takes a few.
constexpr std::chrono::milliseconds kNamespaceSettles{5};
constexpr std::chrono::minutes kStallLimit{5};
constexpr std::size_t kNamespacesInLog = 100;

/// The object is gone or going: nothing to do for it any more.
bool is_moot(const Error& error) {
  return error.kind == ErrorKind::NotFound || error.code == kube::kNamespaceTerminating;
}

constexpr Fights::Subject kBindingFight{
    .resource = kube::kServiceAccounts,
    .kind = "ServiceAccount",
    .field = "f:imagePullSecrets",
    .reason = "BindingStripped",
    .what = "takes our entry out of imagePullSecrets",
    .advice =
        "have it keep the entry or leave imagePullSecrets out, or set the label acr-credential-helper/exclude: "
        "\"true\""};
constexpr Fights::Subject kSecretFight{
    .resource = kube::kSecrets,
    .kind = "Secret",
    .field = "f:data",
    .reason = "ForeignWriter",
    .what = "changes or deletes this pull Secret",
    .advice =
        "two credential helpers must not serve one Secret: uninstall the other, or exclude the namespace from one "
        "of them"};

std::string result_word(const Result<void>& result) {
  return result ? "ok" : std::string(to_string(result.error().kind));
}

}  // namespace

Reconciler::Reconciler(const async::Executor& executor, const Options& options, Writer writer,
                       Configuration& configuration, kube::EventRecorder& events, Metrics& metrics,
                       std::function<bool()> is_leader)
    : options_(options),
      writer_(writer),
      cache_(writer.cache),
      configuration_(configuration),
      events_(events),
      is_leader_(std::move(is_leader)),
      queue_(executor, kRetry),
      report_(cache_, events),
      previous_(writer, options.previous_secret_names),
      contents_(writer, options.common.secret_name),
      shrink_guard_(options.shrink_delay),
      binding_fights_(writer.api, events,
                      metrics.counter("acr_bindings_stripped_total",
                                      "Bindings that another client took away again, by field manager."),
                      kBindingFight),
      secret_fights_(writer.api, events,
                     metrics.counter("acr_secret_foreign_writes_total",
                                     "Pull Secrets that another client changed or deleted, by field manager."),
                     kSecretFight),
      secret_writes_(metrics.counter("acr_secret_writes_total", "Writes of pull Secrets by action and result.")),
      binding_writes_(metrics.counter("acr_binding_writes_total", "Writes of ServiceAccounts by action and result.")),
      failures_(metrics.counter("workqueue_retries_total", "Failed work items by kind of work.")),
      held_back_(metrics
                     .gauge("acr_scope_shrinking_serviceaccounts",
                            "ServiceAccounts whose unbinding waits for --shrink-delay; 0 if none waits.")
                     .Add({})),
      depth_(metrics.gauge("workqueue_depth", "Work items that wait for a worker, without those that are not due yet.")
                 .Add({{"name", kQueueName}})) {
  cache_.namespaces.on_change([this](const kube::ObjectKey& key) { namespace_changed(key); });
  cache_.service_accounts.on_change([this](const kube::ObjectKey& key) { account_changed(key); });
  cache_.secrets.on_change([this](const kube::ObjectKey& key) { secret_changed(key); });
  cache_.service_accounts.on_listed([this] {
    judge_scope();
    enqueue_all();
  });
}

void Reconciler::namespace_changed(const kube::ObjectKey& key) {
  if (!cache_.find_namespace(key.name)) secret_fights_.forget(secret_key(key.name));
  const bool has_secret = cache_.secrets.find(secret_key(key.name)) != nullptr;
  enqueue_at(namespace_key(key.name), has_secret ? async::Clock::now() : async::deadline_in(kNamespaceSettles),
             Priority::NewNamespace);
  for (const auto& account : cache_.service_accounts.in(key.name))
    enqueue(service_account_key(key.name, account->key.name), Priority::NewNamespace);
}

void Reconciler::account_changed(const kube::ObjectKey& key) {
  if (const auto account = cache_.service_accounts.find(key)) {
    binding_fights_.observe(key, judge_account(*account));
  } else {
    binding_fights_.forget(key);
  }
  enqueue(service_account_key(key.namespace_, key.name), Priority::NewServiceAccount);
}

void Reconciler::secret_changed(const kube::ObjectKey& key) {
  secret_fights_.observe(key, judge_secret(key.namespace_));
  enqueue(namespace_key(key.namespace_), Priority::NewNamespace);
  if (!previous_.any()) return;
  for (const auto& account : cache_.service_accounts.in(key.namespace_))
    enqueue(service_account_key(key.namespace_, account->key.name), Priority::Refresh);
}

Fights::State Reconciler::judge_account(const kube::ServiceAccountInfo& account) const {
  using State = Fights::State;
  const auto namespace_info = cache_.find_namespace(account.key.namespace_);
  if (!is_leader_() || configuration_.in_force() == nullptr || !namespace_info) return State::NotOurs;
  const auto current = rules();
  if (!is_covered(current, *namespace_info, account)) return State::NotOurs;
  const auto secret = cache_.secrets.find(secret_key(account.key.namespace_));
  return plan_service_account(current, namespace_info.get(), account, secret.get()) ? State::Wrong : State::Right;
}

Fights::State Reconciler::judge_secret(const std::string& namespace_name) {
  using Kind = pullsecret::SecretAction::Kind;
  using State = Fights::State;
  const auto namespace_info = cache_.find_namespace(namespace_name);
  if (!is_leader_() || configuration_.in_force() == nullptr || !namespace_info || !contents_.is_known())
    return State::NotOurs;
  const auto secret = cache_.secrets.find(secret_key(namespace_name));
  const auto plan = contents_.plan(rules(), namespace_name, namespace_info.get(), secret.get(), 1);
  if (plan.undone) return State::Wrong;
  // Whether a content is right beside entries that only this Secret has is known once we have written it.
  const bool is_unknown = !plan.keep.empty() && plan.write && plan.write->kind != Kind::None;
  if (!plan.write || is_unknown || (secret && contents_.was_published(secret->digest))) return State::NotOurs;
  return plan.write->kind == Kind::None ? State::Right : State::Wrong;
}

void Reconciler::begin_term() {
  cache_.service_accounts.sweep_again();
  failures_.clear();
  queue_.clear();  // its workers may have been stopped in the middle of a key
  contents_.begin_term();
  previous_.begin_term();
  refreshes_ = {};
  refresh_delayed_ = false;
  shrink_guard_ = ShrinkGuard(options_.shrink_delay);
  held_back_.Set(0);
}

void Reconciler::spawn(async::TaskGroup& tasks) {
  for (int i = 0; i < kWorkers; ++i) tasks.spawn("reconcile", work());
  tasks.spawn("report bindings", keep_reporting());
  tasks.spawn("look for old bindings", cache_.service_accounts.keep_sweeping());
}

void Reconciler::enqueue(const WorkKey& key, Priority priority) {
  enqueue_at(key, async::Clock::now(), priority);
}

void Reconciler::enqueue_at(const WorkKey& key, async::Deadline moment, Priority priority) {
  if (is_leader_() && cache_.synced()) queue_.add_at(key, moment, priority);
}

void Reconciler::enqueue_all() {
  for (const auto kind : {WorkKey::Kind::State, WorkKey::Kind::Authority, WorkKey::Kind::Registration})
    enqueue({.kind = kind}, Priority::Refresh);
  for (const auto& [key, info] : cache_.namespaces.all()) enqueue(namespace_key(info->name));
  cache_.service_accounts.for_each(
      [this](const auto& account) { enqueue(service_account_key(account.key.namespace_, account.key.name)); });
}

void Reconciler::publish(pullsecret::WantedSecret wanted) {
  contents_.publish(std::move(wanted));
  enqueue_secrets();
}

void Reconciler::set_awaited(AwaitedLogins awaited) {
  if (contents_.set_awaited(std::move(awaited))) enqueue_secrets();
}

void Reconciler::enqueue_secrets() {
  using Kind = pullsecret::SecretAction::Kind;
  if (!is_leader_() || configuration_.in_force() == nullptr) return;
  std::vector<StaleSecret> stale;
  const auto current = rules();
  for (const auto& [key, info] : cache_.namespaces.all()) {
    const auto secret = cache_.secrets.find(secret_key(info->name));
    const auto plan = contents_.plan(current, info->name, info.get(), secret.get(), bound_accounts(info->name));
    const auto kind = plan.write ? plan.write->kind : Kind::None;
    // A namespace without its Secret, or with somebody else's, waits for nothing; only refreshes are spread.
    if (kind == Kind::Update || kind == Kind::Replace)
      stale.push_back(read_stale_secret(*secret));
    else if (kind != Kind::None || plan.remove || plan.look_again)
      queue_.add(namespace_key(info->name));
  }
  if (!stale.empty())
    report_delay(RefreshSchedule::judge(stale.size(), options_.refresh_qps, current.settings->expiring_threshold));
  const auto now = async::Clock::now();
  refreshes_.plan(std::move(stale), options_.refresh_qps, now);
  auto order = std::chrono::nanoseconds{0};  // tells those of one moment apart
  for (const auto& name : refreshes_.order()) {
    const auto secret = cache_.secrets.find(secret_key(name));
    const auto slot = secret ? refreshes_.slot(name, secret->resource_version) : std::nullopt;
    queue_.add_at(namespace_key(name), slot.value_or(now) + order++, Priority::Refresh);
  }
}

void Reconciler::report_delay(const std::optional<RefreshDelay>& delay) {
  if (!std::exchange(refresh_delayed_, delay.has_value()) && delay) {
    auto event = build_delay_event(config_map_reference(cache_), *delay, options_.refresh_qps);
    log::warn("the pull secrets are refreshed too slowly", {log::kv("reason", event.note)});
    events_.emit(std::move(event));
  }
}

Rules Reconciler::rules() const {
  const auto* in_force = configuration_.in_force();
  return {
      .settings = &in_force->settings,
      .secret_name = options_.common.secret_name,
      .previous_secret_names = options_.previous_secret_names,
      .removals_allowed = in_force->removals_allowed && !shrink_guard_.holds() && cache_.service_accounts.is_complete(),
      .awaited = &contents_.awaited(),
      .hosts_uncertain = in_force->is_partial,
      .now = contents_.now()};
}

void Reconciler::judge_scope() {
  if (configuration_.in_force() == nullptr || !cache_.synced() || !cache_.service_accounts.is_complete()) return;
  auto [change, leaving] = review_scope(rules(), cache_);
  // Where nothing may be removed anyway there is nothing to hold back.
  if (!configuration_.in_force()->removals_allowed) change.would_unbind = 0;
  const bool begins = shrink_guard_.judge(configuration_.in_force()->settings, change, async::Clock::now());
  held_back_.Set(shrink_guard_.holds() ? static_cast<double>(change.would_unbind) : 0);
  if (!begins) return;
  log::warn("the scope shrinks suspiciously",
            {log::kv("would_unbind", change.would_unbind), log::kv("bound", change.bound),
             log::kv("namespaces", join_some(leaving, kNamespacesInLog))});
  events_.emit(build_shrinking_event(config_map_reference(cache_), change, leaving, options_.shrink_delay));
}

async::awaitable<void> Reconciler::keep_reporting() {
  for (;;) {
    co_await async::sleep_for(kReportEvery);
    report_.flush();
    if (!shrink_guard_.expire(async::Clock::now())) continue;
    held_back_.Set(0);
    enqueue_all();
  }
}

async::awaitable<void> Reconciler::work() {
  for (;;) {
    const auto key = co_await queue_.next();
    if (!is_leader_() || configuration_.in_force() == nullptr) {
      queue_.done(key);  // whoever leads next looks at everything
      continue;
    }
    const auto outcome = co_await handle(key, queue_.state().priority(key));
    settle(key, outcome);
  }
}

async::awaitable<Outcome> Reconciler::handle(WorkKey key, Priority priority) {
  switch (key.kind) {
    case WorkKey::Kind::Namespace:
      co_return co_await handle_namespace(key.namespace_, priority);
    case WorkKey::Kind::ServiceAccount:
      co_return co_await handle_account({key.namespace_, key.name}, priority);
    case WorkKey::Kind::Authority:
      co_return co_await others_.authority();
    case WorkKey::Kind::Registration:
      co_return co_await others_.registration();
    case WorkKey::Kind::State:
      co_return co_await others_.state();
  }
  co_return done();
}

void Reconciler::settle(const WorkKey& key, const Outcome& outcome) {
  if (outcome || is_moot(outcome.error())) {
    queue_.done(key);
    failures_.forget(key);
    if (outcome && *outcome) queue_.add_after(key, **outcome, Priority::Refresh);
  } else {
    const auto pause = queue_.failed(key, outcome.error().retry_after.value_or(std::chrono::milliseconds{0}));
    failures_.note(key, outcome.error(), queue_.state().failures(key), pause);
  }
}

std::string Reconciler::trouble_with(const WorkKey& key) const {
  const bool is_account = key.kind == WorkKey::Kind::ServiceAccount;
  const auto& fights = is_account ? binding_fights_ : secret_fights_;
  if (fights.pause(is_account ? kube::ObjectKey{key.namespace_, key.name} : secret_key(key.namespace_)))
    return is_account ? "another client takes our entry out again and again: see its Event BindingStripped"
                      : "another client changes or deletes its pull Secret again and again: see Event ForeignWriter";
  return failures_.find(key);
}

std::size_t Reconciler::bound_accounts(const std::string& namespace_name) const {
  std::size_t count = 0;
  for (const auto& account : cache_.service_accounts.in(namespace_name)) {
    if (pullsecret::is_bound(account->image_pull_secrets, options_.common.secret_name)) ++count;
  }
  return count;
}

async::awaitable<Outcome> Reconciler::handle_namespace(std::string name, Priority priority) {
  using Kind = pullsecret::SecretAction::Kind;
  co_await secret_fights_.tell(secret_key(name));
  const auto namespace_info = cache_.find_namespace(name);
  const auto secret = cache_.secrets.find({name, options_.common.secret_name});
  const auto plan = contents_.plan(rules(), name, namespace_info.get(), secret.get(), bound_accounts(name));
  if (plan.remove) {
    const auto removed = co_await apply_secret_removal(writer_, *secret);
    secret_writes_.Add({{"action", "delete"}, {"result", result_word(removed)}}).Increment();
    if (!removed) co_return fail(removed.error());
    co_return done();
  }
  if (!plan.write || plan.write->kind == Kind::Wait) co_return contents_.wait_for(plan);
  if (plan.write->kind == Kind::None) {
    const auto cleared = co_await previous_.apply_removal(name);
    if (!cleared) co_return fail(cleared.error());
    co_return contents_.wait_for(plan);
  }
  if (plan.write->kind == Kind::Conflict) {
    events_.emit(build_conflict_event({name, options_.common.secret_name}, secret.get(), *plan.write));
    co_return done();
  }
  if (const auto pause = secret_fights_.pause(secret_key(name))) co_return look_again_in(*pause);
  const auto adopted = plan.write->kind == Kind::Adopt ? secret : nullptr;
  const auto slot = secret ? refreshes_.slot(name, secret->resource_version) : std::nullopt;
  if (const auto now = async::Clock::now(); slot && *slot > now)
    co_return look_again_in(std::chrono::ceil<std::chrono::milliseconds>(*slot - now));
  auto content = co_await contents_.build(secret ? std::optional(*secret) : std::nullopt, plan);
  if (!content) co_return fail(content.error());
  if (secret && pullsecret::plan_secret(*secret, *content).kind == Kind::None) co_return contents_.wait_for(plan);
  const auto written =
      co_await apply_secret(writer_, name, plan.write->kind, std::move(*content), slot ? Priority::Refresh : priority);
  secret_writes_.Add({{"action", to_word(plan.write->kind)}, {"result", result_word(written)}}).Increment();
  if (!written) co_return fail(written.error());
  secret_fights_.note_written(secret_key(name));
  secret_fights_.observe(secret_key(name), judge_secret(name));
  if (adopted) events_.emit(build_adoption_event(*adopted, *plan.write));
  co_return contents_.wait_for(plan);
}

async::awaitable<Outcome> Reconciler::handle_account(kube::ObjectKey key, Priority priority) {
  co_await binding_fights_.tell(key);
  const auto account = cache_.service_accounts.find(key);
  if (!account) co_return done();
  const auto namespace_info = cache_.find_namespace(key.namespace_);
  const auto secret = cache_.secrets.find({key.namespace_, options_.common.secret_name});
  const auto change = plan_service_account(rules(), namespace_info.get(), *account, secret.get());
  if (!change) co_return done();
  const bool binds = change->kind == BindingChange::Kind::Bind;
  if (const auto pause = binding_fights_.pause(key); binds && pause) co_return look_again_in(*pause);
  const auto changed = co_await apply_binding(writer_, *account, *change, priority);
  const std::string result = changed ? "ok" : std::string(to_string(changed.error().kind));
  binding_writes_.Add({{"action", binds ? "bind" : "unbind"}, {"result", result}}).Increment();
  if (!changed) co_return fail(changed.error());
  if (pullsecret::is_bound(changed->image_pull_secrets, options_.common.secret_name) != binds) {
    co_return fail(ErrorKind::Conflict, "somebody else's admission webhook undid the change of imagePullSecrets");
  }
  if (binds) note_bound(key);
  binds ? report_.attached(*changed) : report_.detached(*changed);
  // Its Secret, or one of an earlier name, may go once the last binding has.
  if (!binds || previous_.any()) enqueue(namespace_key(key.namespace_), priority);
  co_return done();
}

void Reconciler::note_bound(const kube::ObjectKey& key) {
  // Whoever is quick may have undone it before the answer was here; then the cache has seen only the end of it.
  binding_fights_.note_written(key);
  if (const auto now = cache_.service_accounts.find(key)) binding_fights_.observe(key, judge_account(*now));
}

void Reconciler::measure(async::Deadline now) {
  depth_.Set(is_leader_() ? static_cast<double>(queue_.state().ready(now)) : 0);
}

bool Reconciler::is_stalled(async::Deadline now) const {
  const auto longest = queue_.state().next_due();
  return is_leader_() && longest && *longest + kStallLimit < now;
}

}  // namespace acr::controller
