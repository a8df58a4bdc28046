// SPDX-License-Identifier: Apache-2.0
// Posts Events in the background; whoever emits one never waits (WR-10).
#pragma once

#include <deque>

#include "common/async/notifier.hpp"
#include "common/kube/api_client.hpp"
#include "common/kube/event.hpp"

namespace acr::kube {

class EventRecorder {
 public:
  /// `client` and `metrics` must outlive the recorder. With `dry_run` Events are logged instead of posted.
  EventRecorder(ApiClient& client, Metrics& metrics, EventSource source, bool dry_run = false);

  /// Puts the Event in line: at most 1000 wait, one more is dropped and counted.
  void emit(Event event);

  /// Posts what is in line until cancelled. An Event that the server does not take is logged once per kind of failure
  /// and dropped after three tries.
  async::awaitable<void> run();

  /// Waits until the line is empty or `deadline` has passed: for a clean stop.
  async::awaitable<void> drain(async::Deadline deadline);

 private:
  async::awaitable<void> post(Event event);
  async::awaitable<Result<void>> send(Event event, EventMove move);
  void count(std::string_view result);

  ApiClient& client_;
  EventSource source_;
  bool dry_run_;
  EventCorrelator correlator_;
  std::deque<Event> line_;
  bool busy_ = false;
  bool failing_ = false;
  async::Notifier changed_;
  CounterFamily& events_;
};

}  // namespace acr::kube
