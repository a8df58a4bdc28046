// SPDX-License-Identifier: Apache-2.0
// Does an endpoint of the webhook answer? Learns from the API server where it is, then asks there as an API server
// would.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/http/resolver.hpp"
#include "common/kube/api_client.hpp"
#include "controller/options.hpp"
#include "controller/registration/probe.hpp"

namespace acr::controller {

/// Sends the synthetic review; a name for what tests put in its place.
class ProbeDialer {
 public:
  virtual ~ProbeDialer() = default;
  /// One attempt over a new connection, trusting `bundle` and nothing else.
  virtual async::awaitable<Result<void>> ask(ProbeTarget target, std::string bundle, async::Deadline deadline) = 0;
};

/// `resolver` must outlive it. `client_cert_dir`: folder with tls.crt and tls.key for a webhook that asks for a
/// certificate (SEC-6), read again when they change; empty: none is shown.
std::unique_ptr<ProbeDialer> make_probe_dialer(async::Executor executor, http::Resolver& resolver,
                                               std::string own_namespace, std::string client_cert_dir);

class EndpointProbe {
 public:
  /// All references must outlive it.
  EndpointProbe(kube::ApiClient& api, ProbeDialer& dialer, const Options& options)
      : api_(api), dialer_(dialer), options_(options) {}

  /// One attempt. An Error says why there was no answer.
  async::awaitable<Result<void>> ask(std::string bundle);

  struct Sight {
    bool answered = false;
    bool api_ok = true;       ///< false: the API server does not answer us either, or has just moved the Service
    std::string reason = {};  ///< why no endpoint answered
  };
  /// Whether any endpoint answers: one new connection while the last look had an answer, else several side by side,
  /// since a Service gives each to another endpoint. Without an answer the API server is asked too: it has to answer
  /// us, and to name the same address still, or else the fault may be our own network's.
  async::awaitable<Sight> look(std::string bundle);

 private:
  async::awaitable<Result<ProbeTarget>> fetch_target(async::Deadline deadline);
  async::awaitable<Result<void>> learn_target();
  async::awaitable<Result<void>> ask_several(std::string bundle);

  kube::ApiClient& api_;
  ProbeDialer& dialer_;
  const Options& options_;
  std::optional<ProbeTarget> target_;
  async::Deadline good_until_ = {};
  bool answered_ = true;
};

}  // namespace acr::controller
