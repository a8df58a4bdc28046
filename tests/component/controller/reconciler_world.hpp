// SPDX-License-Identifier: Apache-2.0
// The reconciler with all that it needs, before an API server in memory, in simulated time: hours pass in a moment, and
// every write is known with the time at which it was asked for.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/async/task_group.hpp"
#include "controller/reconciler.hpp"
#include "controller/status_keeper.hpp"
#include "tests/component/controller/simulated_cloud.hpp"
#include "tests/fakes/api_server.hpp"

namespace acr::controller {

inline constexpr const char* kPullSecret = "acr-credential-secret-aggregation";
inline constexpr const char* kNamespacePath = "/api/v1/namespaces";
inline constexpr const char* kAccountPath = "/api/v1/serviceaccounts";
inline constexpr const char* kSecretPath = "/api/v1/secrets";
inline constexpr const char* kConfigMapPath = "/api/v1/configmaps";

/// A write as the API server got it.
struct Write {
  std::chrono::nanoseconds at{};  ///< since the world began
  std::string what;               ///< "PATCH /api/v1/namespaces/shop/serviceaccounts/web"
  std::string body;
};

class ReconcilerWorld {
 public:
  /// `configuration` is the data of acr-configuration.
  explicit ReconcilerWorld(kube::TextMap configuration = {}, Options options = default_options());
  ~ReconcilerWorld();
  ReconcilerWorld(const ReconcilerWorld&) = delete;
  ReconcilerWorld& operator=(const ReconcilerWorld&) = delete;

  static Options default_options();

  void add_namespace(const std::string& name, const std::string& more_metadata = "");
  void add_account(const std::string& namespace_name, const std::string& name,
                   const std::vector<std::string>& entries = {}, const std::string& more_metadata = "");
  /// A pull Secret as it stands with the content `password`, ours if `managed`; `more` are further members.
  void add_secret(const std::string& namespace_name, const std::string& password, bool managed = true,
                  const std::string& more = "", const std::string& name = kPullSecret);
  void configure(const kube::TextMap& data);

  /// Waits for all caches, then leads, with a login whose password is `password` (empty: no login yet).
  void lead(const std::string& password = "first");
  void publish(const std::string& password, std::chrono::hours good_for = std::chrono::hours{1});
  void set_awaited(AwaitedLogins awaited) { reconciler_.set_awaited(std::move(awaited)); }
  /// From now on the status is kept too, with these instances.
  void keep_status(std::vector<InstanceHealth> instances = {});
  void mark_status() { status_.mark(); }
  /// What the status says under `key`; empty without one.
  [[nodiscard]] std::string status(const std::string& key) const;
  /// Lets so much time pass.
  void pass(std::chrono::nanoseconds time);

  [[nodiscard]] std::vector<std::string> entries(const std::string& namespace_name, const std::string& name) const;
  /// The password that the pull Secret of a namespace holds; empty without one.
  [[nodiscard]] std::string password(const std::string& namespace_name) const;
  [[nodiscard]] std::string member(const std::string& namespace_name, const char* name) const;
  /// Writes whose text has `part`, Events and Leases not counted.
  [[nodiscard]] std::vector<Write> writes(const std::string& part = "") const;
  [[nodiscard]] std::vector<std::string> events(const std::string& reason) const;
  [[nodiscard]] std::string metrics() const { return metrics_.render(); }
  [[nodiscard]] std::chrono::nanoseconds now() const { return clock_.elapsed(); }

  /// Called with each request before the server sees it; may answer in its place.
  fakes::ApiServer::Before before = {};
  /// Called after each write that was stored.
  std::function<void(const http::Request&)> after = {};

 private:
  class SlowServer;
  [[nodiscard]] std::string docker_config(const std::string& password) const;
  void run_ready();
  std::string config_map(const kube::TextMap& data) const;

  SimulatedClock clock_;
  boost::asio::io_context io_{1};
  std::vector<Write> writes_;
  Options options_;
  Metrics metrics_{"test"};

 public:
  fakes::ApiServer server{io_.get_executor()};

 private:
  std::unique_ptr<SlowServer> slow_;
  kube::Cluster cluster_;
  kube::ApiClient api_;
  kube::EventRecorder events_;
  ClusterCache cache_;
  Configuration configuration_;
  Reconciler reconciler_;
  std::vector<InstanceHealth> instances_;
  StatusKeeper status_;
  bool leads_ = false;
  async::TaskGroup tasks_;
};

}  // namespace acr::controller
