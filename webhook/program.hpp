// SPDX-License-Identifier: Apache-2.0
// The parts of acr-webhook and how they are joined.
#pragma once

#include <memory>

#include "common/async/stop_signal.hpp"
#include "common/async/task_group.hpp"
#include "common/http/resolver.hpp"
#include "common/http/server.hpp"
#include "webhook/admission.hpp"
#include "webhook/certificate_files.hpp"
#include "webhook/cluster.hpp"
#include "webhook/drain.hpp"
#include "webhook/leaf_minter.hpp"
#include "webhook/readiness.hpp"

namespace acr::webhook {

class Program {
 public:
  Program(async::Executor executor, Options options);

  /// Binds the three ports. An Error names the address.
  Result<void> listen();

  /// Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once. After listen(), once.
  async::awaitable<void> run();

  /// The bound ports, after listen().
  struct Ports {
    std::uint16_t admission, health, metrics;
  };
  [[nodiscard]] Ports ports() const;

 private:
  void start();
  Result<void> ready();

  async::Executor executor_;
  Options options_;
  Metrics metrics_;
  std::unique_ptr<http::Resolver> resolver_;
  Cluster cluster_;
  Configuration configuration_;
  Namespaces namespaces_;
  ServingCertificate certificate_;
  LeafMinter minter_;
  CertificateFiles files_;
  Readiness readiness_;
  Admission admission_;
  async::StopSignal stop_;
  std::unique_ptr<http::Server> admission_server_;
  std::unique_ptr<http::Server> health_server_;
  std::unique_ptr<http::Server> metrics_server_;
  async::TaskGroup background_;
  async::TaskGroup serving_;
};

}  // namespace acr::webhook
