// SPDX-License-Identifier: Apache-2.0
// Brings Namespaces and ServiceAccounts to what the plan says: a level-driven work queue with a few workers. Only the
// leader works.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "common/async/task_group.hpp"
#include "common/async/work_queue.hpp"
#include "common/base/metrics.hpp"
#include "controller/apply.hpp"
#include "controller/binding_report.hpp"
#include "controller/configuration.hpp"
#include "controller/fights.hpp"
#include "controller/options.hpp"
#include "controller/outcome.hpp"
#include "controller/plan.hpp"
#include "controller/previous_secrets.hpp"
#include "controller/refresh_schedule.hpp"
#include "controller/secret_contents.hpp"
#include "controller/shrink_guard.hpp"
#include "controller/work_failures.hpp"
#include "controller/work_key.hpp"

namespace acr::controller {

class Reconciler {
 public:
  /// What to do for Authority, Registration and State keys.
  struct Others {
    std::function<async::awaitable<Outcome>()> authority;
    std::function<async::awaitable<Outcome>()> registration;
    std::function<async::awaitable<Outcome>()> state;
  };

  /// All references must outlive it. `is_leader` is asked before each guarded write (LE-2).
  Reconciler(const async::Executor& executor, const Options& options, Writer writer, Configuration& configuration,
             kube::EventRecorder& events, Metrics& metrics, std::function<bool()> is_leader);

  void set_others(Others others) { others_ = std::move(others); }
  /// The cloud's time, by which logins end; without it the local clock.
  void set_cloud_clock(std::function<WallTime()> now) { contents_.set_cloud_clock(std::move(now)); }

  /// Forgets everything of an earlier term of leadership, in which another leader may have written newer logins.
  void begin_term();

  /// Starts the workers in `tasks`.
  void spawn(async::TaskGroup& tasks);

  /// Leadership begins or the settings changed: everything is looked at.
  void enqueue_all();
  /// One key, if this process leads.
  void enqueue(const WorkKey& key, async::Priority priority = async::Priority::Backfill);

  /// New content for every pull Secret. Their writes are spread by --refresh-qps, the oldest first.
  void publish(pullsecret::WantedSecret wanted);
  /// The logins that may still come, of which existing Secrets keep the hosts.
  void set_awaited(AwaitedLogins awaited);

  /// Judges how much the settings in force would unbind, and holds the removals back if it is too much
  /// (ScopeShrinking).
  void judge_scope();

  /// Has something runnable not been started for so long that only a restart can help?
  [[nodiscard]] bool is_stalled(async::Deadline now) const;
  /// By what decisions are made now. Once the configuration is known; not to be kept across a co_await.
  [[nodiscard]] Rules rules() const;
  /// Why an object is not as it should be, as far as work on it tells; empty if that knows nothing.
  [[nodiscard]] std::string trouble_with(const WorkKey& key) const;
  /// ServiceAccounts whose unbinding waits for --shrink-delay.
  [[nodiscard]] std::size_t held_back() const { return static_cast<std::size_t>(held_back_.Value()); }
  /// Counts the work that waits, for the metric workqueue_depth.
  void measure(async::Deadline now);

 private:
  void enqueue_at(const WorkKey& key, async::Deadline moment, async::Priority priority);
  void enqueue_secrets();
  async::awaitable<void> work();
  async::awaitable<Outcome> handle(WorkKey key, async::Priority priority);
  async::awaitable<Outcome> handle_namespace(std::string name, async::Priority priority);
  async::awaitable<Outcome> handle_account(kube::ObjectKey key, async::Priority priority);
  void report_delay(const std::optional<RefreshDelay>& delay);
  void settle(const WorkKey& key, const Outcome& outcome);
  void namespace_changed(const kube::ObjectKey& key);
  void account_changed(const kube::ObjectKey& key);
  void secret_changed(const kube::ObjectKey& key);
  [[nodiscard]] Fights::State judge_account(const kube::ServiceAccountInfo& account) const;
  [[nodiscard]] Fights::State judge_secret(const std::string& namespace_name);
  void note_bound(const kube::ObjectKey& key);
  [[nodiscard]] kube::ObjectKey secret_key(const std::string& namespace_name) const {
    return {namespace_name, options_.common.secret_name};
  }
  [[nodiscard]] std::size_t bound_accounts(const std::string& namespace_name) const;
  async::awaitable<void> keep_reporting();

  const Options& options_;
  Writer writer_;
  ClusterCache& cache_;
  Configuration& configuration_;
  kube::EventRecorder& events_;
  std::function<bool()> is_leader_;
  Others others_;
  async::WorkQueue<WorkKey> queue_;
  BindingReport report_;
  PreviousSecrets previous_;
  SecretContents contents_;
  RefreshSchedule refreshes_;
  bool refresh_delayed_ = false;  ///< and told
  ShrinkGuard shrink_guard_;
  Fights binding_fights_;
  Fights secret_fights_;
  CounterFamily& secret_writes_;
  CounterFamily& binding_writes_;
  WorkFailures failures_;
  prometheus::Gauge& held_back_;
  prometheus::Gauge& depth_;
};

}  // namespace acr::controller
