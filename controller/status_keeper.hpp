// SPDX-License-Identifier: Apache-2.0
// Keeps the ConfigMap acr-credential-helper-status, and the metrics that count the same. Far from all work: a change
// only sets a mark, and much later one look at everything follows.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/async/notifier.hpp"
#include "common/base/metrics.hpp"
#include "controller/apply.hpp"
#include "controller/configuration.hpp"
#include "controller/reconciler.hpp"
#include "controller/status.hpp"

namespace acr::controller {

/// What stands around a StatusKeeper.
struct StatusEdge {
  Writer writer;
  Configuration& configuration;
  Reconciler& reconciler;
  const Options& options;
  std::string pod_name;
  std::function<std::vector<InstanceHealth>()> instances;
  std::function<WallTime()> now;                             ///< the cloud's time
  std::function<std::optional<WallTime>()> authority_until;  ///< end of the webhook's CA; nullopt if there is none
};

/// Metrics: acr_namespaces{state}, acr_serviceaccounts{state}, acr_webhook_ca_expiry_timestamp_seconds.
class StatusKeeper {
 public:
  /// What `edge` refers to must outlive it.
  StatusKeeper(const async::Executor& executor, StatusEdge edge, Metrics& metrics);

  /// Something has changed that the status may show. Costs nothing.
  void mark();

  /// A new term of leadership: another process may have written meanwhile.
  void begin_term();

  /// Runs while this process leads, until cancelled. Writes 2 s after a change; while changes go on ever more rarely,
  /// at most once a minute in the end.
  async::awaitable<void> run();

 private:
  async::awaitable<StatusFacts> collect();
  async::awaitable<Coverage> count_coverage(bool any_login);
  [[nodiscard]] std::optional<AcceptedText> find_accepted() const;
  async::awaitable<void> read();
  /// Returns whether it had to ask the API server, whatever came of it. What fails is tried again at the next look.
  async::awaitable<bool> bring(kube::TextMap wanted);
  void tell(const Error& error);
  void show(const StatusFacts& facts);

  StatusEdge edge_;
  async::Notifier changed_;
  bool dirty_ = false;
  bool was_read_ = false;                      ///< in this term
  std::optional<kube::ConfigMapInfo> stored_;  ///< as it was read or written last; nullopt if it is absent
  std::optional<AcceptedText> accepted_;
  std::string told_error_;
  prometheus::Gauge& served_namespaces_;
  prometheus::Gauge& unserved_namespaces_;
  prometheus::Gauge& bound_accounts_;
  prometheus::Gauge& unbound_accounts_;
  prometheus::Gauge& authority_expiry_;
};

}  // namespace acr::controller
