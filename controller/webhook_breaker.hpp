// SPDX-License-Identifier: Apache-2.0
// Watches over a webhook that is registered with failurePolicy Fail: where it is dead it lets the cluster go on
// without.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/base/metrics.hpp"
#include "common/kube/event_recorder.hpp"
#include "controller/cluster_cache.hpp"
#include "controller/endpoint_probe.hpp"
#include "controller/registration/breaker.hpp"

namespace acr::controller {

/// Only decides; the registration is written by whoever asks is_open().
class WebhookBreaker {
 public:
  struct Parts {
    EndpointProbe probe;  ///< its own: probes before a registration go on beside
    ClusterCache& cache;
    kube::EventRecorder& events;
    Metrics& metrics;
    /// The bundle by which API servers verify the webhook; nullopt: Fail is neither
    /// registered nor lowered, or not wanted.
    std::function<std::optional<std::string>()> watched;
    /// is_open() has changed.
    std::function<void()> on_change;
  };
  /// All references must outlive it.
  explicit WebhookBreaker(Parts parts);

  /// `is_lowered`: Ignore is registered although Fail is wanted, as an earlier leader may have left it.
  void begin_term(bool is_lowered);
  /// While this process leads.
  async::awaitable<void> run();

  [[nodiscard]] bool is_open() const { return breaker_.state() == Breaker::State::Open; }

 private:
  void become(Breaker breaker);
  void tell(const std::string& why);

  Parts parts_;
  prometheus::Gauge& open_;
  Breaker breaker_;
};

}  // namespace acr::controller
