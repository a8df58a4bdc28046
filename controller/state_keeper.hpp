// SPDX-License-Identifier: Apache-2.0
// Keeps the state Secret: the texts that ruled and the logins, from which a restart or another leader goes on.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "common/base/metrics.hpp"
#include "common/credentials/refresher.hpp"
#include "common/credentials/state.hpp"
#include "common/kube/event_recorder.hpp"
#include "controller/apply.hpp"
#include "controller/configuration.hpp"
#include "controller/outcome.hpp"

namespace acr::controller {

class StateKeeper {
 public:
  /// All references must outlive it.
  StateKeeper(Writer writer, Configuration& configuration, credentials::Refresher& refresher,
              kube::EventRecorder& events, Metrics& metrics);

  /// What an earlier process left; damaged parts are logged and dropped.
  [[nodiscard]] credentials::State stored() const;

  /// Reads the Secret anew before this process begins to write it: the watch may lag behind what another leader has
  /// stored last. Error: it could not be read, and is tried again.
  async::awaitable<Result<void>> catch_up();

  /// Writes what a large Secret still lacks, before somebody else may lead. Gives up at `deadline`, with a log line.
  async::awaitable<void> flush(async::Deadline deadline);

  /// Writes the Secret if it differs from what is known now. A large one that would differ by its logins only is
  /// written every half minute, or some seconds after the last write if an instance has none in it yet: each write is
  /// a whole revision for etcd, and thousands of logins come one by one.
  async::awaitable<Outcome> reconcile();

 private:
  /// What a written Secret was made of.
  struct Written {
    config::Remembered texts;
    std::string region;
    std::set<std::string> instance_keys;       ///< of the logins
    std::chrono::seconds first_login_pause{};  ///< before a write that brings further instances
    std::size_t size = 0;
    async::Deadline at;
  };
  [[nodiscard]] std::optional<std::chrono::milliseconds> pause_before_write() const;
  void tell(const credentials::EncodedState& encoded);
  void emit(std::string note);

  Writer writer_;
  Configuration& configuration_;
  credentials::Refresher& refresher_;
  kube::EventRecorder& events_;
  prometheus::Gauge& configuration_left_out_;
  prometheus::Gauge& first_start_left_out_;
  prometheus::Gauge& logins_left_out_;
  std::optional<Written> written_;
};

}  // namespace acr::controller
