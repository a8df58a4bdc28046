// SPDX-License-Identifier: Apache-2.0
// The keeper of the registration with all that it needs, before an API server in memory, in simulated time; whether a
// webhook endpoint answers is said by the test.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/async/notifier.hpp"
#include "common/async/task_group.hpp"
#include "controller/registration_keeper.hpp"
#include "tests/fakes/api_server.hpp"
#include "tests/fakes/simulated_clock.hpp"

namespace acr::controller {

inline constexpr const char* kPolicyPath = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies";
inline constexpr const char* kPolicyBindingPath =
    "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings";
inline constexpr const char* kMutatingPath = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

class RegistrationWorld {
 public:
  /// A cluster with empty registrations and the webhook's Service, whose webhook answers.
  explicit RegistrationWorld(const std::string& webhook_configuration, Options options = default_options());
  ~RegistrationWorld();
  RegistrationWorld(const RegistrationWorld&) = delete;
  RegistrationWorld& operator=(const RegistrationWorld&) = delete;

  static Options default_options();

  /// The value of webhook-configuration, and what else acr-configuration says.
  void configure(const std::string& webhook_configuration, kube::TextMap more = {});
  void put_service(const std::string& cluster_ip = "10.96.0.9");
  /// Replaces the webhooks of the MutatingWebhookConfiguration, as another client would.
  void put_registration(const std::string& webhooks, const std::string& more_metadata = "");
  void lead();
  void stop_leading();
  void pass(std::chrono::nanoseconds time);

  /// "Fail 10", "Ignore 5" or "off": what API servers do.
  [[nodiscard]] std::string registered() const;
  [[nodiscard]] std::string webhooks() const;
  [[nodiscard]] std::vector<std::string> events(const std::string& reason) const;
  [[nodiscard]] std::string metrics() const { return metrics_.render(); }
  /// The policy's JSON; empty if there is none, or no binding.
  [[nodiscard]] std::string policy() const;
  /// Writes of the MutatingWebhookConfiguration since the world began.
  [[nodiscard]] int writes() const { return writes_; }
  [[nodiscard]] int probes() const { return probes_; }
  [[nodiscard]] std::string ca_bundle() const { return authority_->current().value().bundle_pem; }

  /// Whether the endpoint that a connection meets answers; called for each.
  std::function<bool(const ProbeTarget& target, const std::string& bundle)> answers = [](auto&&...) { return true; };
  /// How long a probe takes that is not answered.
  std::chrono::milliseconds silence{0};
  bool api_answers = true;
  /// Has the API server MutatingAdmissionPolicies?
  bool serves_policies = false;

 private:
  class Dialer;
  std::optional<Result<http::Response>> answer(const http::Request& request);
  async::awaitable<void> work();
  void run_ready();

  fakes::SimulatedClock clock_;
  boost::asio::io_context io_{1};
  Options options_;
  Metrics metrics_{"test"};
  int writes_ = 0;
  int probes_ = 0;

 public:
  fakes::ApiServer server{io_.get_executor()};

 private:
  kube::Cluster cluster_;
  kube::ApiClient api_;
  kube::EventRecorder events_;
  ClusterCache cache_;
  Configuration configuration_;
  std::unique_ptr<Dialer> dialer_;
  async::Notifier changed_{io_.get_executor()};
  /// Of one process; a new leader is another one.
  std::unique_ptr<AuthorityKeeper> authority_;
  std::unique_ptr<RegistrationKeeper> keeper_;
  async::TaskGroup work_{io_.get_executor()};
  async::TaskGroup tasks_{io_.get_executor()};
};

}  // namespace acr::controller
