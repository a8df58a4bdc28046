// SPDX-License-Identifier: Apache-2.0
// The controller as a whole: which parts there are, how they know each other, in which order they stop.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/async/task_group.hpp"
#include "common/http/server.hpp"
#include "common/kube/connect.hpp"
#include "common/kube/event_recorder.hpp"
#include "common/kube/leader_elector.hpp"
#include "controller/authority_keeper.hpp"
#include "controller/cloud.hpp"
#include "controller/cluster_cache.hpp"
#include "controller/configuration.hpp"
#include "controller/publisher.hpp"
#include "controller/reconciler.hpp"
#include "controller/registration_keeper.hpp"
#include "controller/state_keeper.hpp"
#include "controller/status_keeper.hpp"
#include "controller/told_failures.hpp"

namespace acr::controller {

/// Everything that exists once the cluster can be reached. Members stand in the order of who needs whom; the task
/// groups are last.
class Program {
 public:
  struct Edge {
    async::Executor executor;
    http::Resolver& resolver;
    Metrics& metrics;
    const Options& options;
    http::TlsContextSource cloud_tls;
  };
  /// What `edge` refers to must outlive it.
  Program(Edge edge, std::unique_ptr<kube::Cluster> cluster);

  /// Starts watching, electing and, while leading, working.
  void start();
  /// Workers first, then the lease, then the watches (SHD-3).
  async::awaitable<void> stop();

  /// Brings the metrics up to date that are counted only when somebody asks.
  void measure();
  /// An Error says what only a restart can cure (design 4.3).
  [[nodiscard]] Result<void> healthy() const;
  /// An Error says what is not known yet. Never the cloud, never leadership.
  [[nodiscard]] Result<void> ready() const;

 private:
  /// A dry run takes no Lease: whoever leads goes on meanwhile.
  [[nodiscard]] bool elects() const { return edge_.options.leader_elect && !edge_.options.dry_run; }
  [[nodiscard]] bool is_leader() const { return !elects() || elector_.is_leader(); }
  [[nodiscard]] Writer writer() { return {api_, cache_, edge_.options.dry_run}; }
  kube::LeaderElector::Options elector_options();
  credentials::RefresherCallbacks refresher_callbacks();
  PublisherEdge publisher_edge();
  StatusEdge status_edge();
  void wire();
  void wire_status();
  void judge_configuration();
  void settings_changed();
  void apply_instances();
  async::awaitable<void> keep_trimmed();
  void keep_clock();
  async::awaitable<void> follow_leadership();
  async::awaitable<void> follow_region();
  [[nodiscard]] bool may_work() const;
  async::awaitable<bool> catch_up();
  void start_leading();
  async::awaitable<void> stop_leading();
  async::awaitable<void> stop_renewing();
  /// Nobody else is known to have taken the lead that was lost: the API server cannot be reached, and the first pulls
  /// after its return need fresh logins.
  [[nodiscard]] bool may_lead_again() const;
  void tell_login(const credentials::RegistryLogin& login);
  void tell_failure(const credentials::InstanceStatus& status, const Error& error);

  Edge edge_;
  std::string identity_;  ///< in the Lease
  std::unique_ptr<kube::Cluster> cluster_;
  std::unique_ptr<http::Client> kube_http_;
  std::unique_ptr<http::Client>
      lease_http_;  ///< a connection of its own: one hung request must not lose the lease (LE-5)
  kube::ApiClient api_;
  kube::ApiClient lease_api_;
  kube::EventRecorder events_;
  ClusterCache cache_;
  kube::LeaderElector elector_;
  Configuration configuration_;
  Cloud cloud_;
  Reconciler reconciler_;
  StateKeeper state_;
  AuthorityKeeper authority_;
  std::unique_ptr<ProbeDialer> probe_dialer_;
  RegistrationKeeper registration_;
  Publisher publisher_;
  StatusKeeper status_;
  async::Notifier leadership_changed_;
  bool working_ = false;
  bool renewing_ = false;  ///< logins, in memory only while not working
  bool stopping_ = false;
  bool clock_was_wrong_ = false;
  ToldFailures told_failures_;
  std::string unread_state_;  ///< why the state Secret could not be read, as told; empty if it could
  async::TaskGroup work_;     ///< what only a leader does
  async::TaskGroup tasks_;    ///< what every replica does
};

}  // namespace acr::controller
