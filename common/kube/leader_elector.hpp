// SPDX-License-Identifier: Apache-2.0
// Leads while it holds the Lease. Losing it ends leadership, not the process: candidacy goes on.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/async/notifier.hpp"
#include "common/kube/api_client.hpp"
#include "common/kube/lease.hpp"

namespace acr::kube {

/// CLOCK_BOOTTIME.
BootTime boot_time();

/// Errors: as ApiClient::send.
async::awaitable<Result<LeaseRecord>> fetch_lease(ApiClient& client, ObjectKey key, CallOptions options);
/// Creates the Lease where `record` has no resourceVersion, else replaces exactly that version (Conflict,
/// AlreadyExists: somebody else was first).
async::awaitable<Result<LeaseRecord>> apply_lease(ApiClient& client, ObjectKey key, LeaseRecord record,
                                                  CallOptions options);

class LeaderElector {
 public:
  struct Options {
    ObjectKey lease;
    std::string identity;  ///< pod name and a random suffix, new at each start (LE-6)
    LeaseTiming timing = {};
    std::function<BootTime()> boot_now = boot_time;
    std::function<WallTime()> wall_now = std::chrono::system_clock::now;
    std::function<void()> on_started = {};  ///< leadership begins; must not wait
    std::function<void()> on_stopped =
        {};  ///< leadership has ended: renewing failed for too long, somebody else holds it, or release()
  };

  /// `client` is the one kept for leases (LE-5). It and `metrics` must outlive the elector. `timing` must have been
  /// checked.
  LeaderElector(ApiClient& client, Metrics& metrics, Options options);

  /// Candidate and leader by turns, until cancelled or released. Cancelling keeps the lease until it runs out.
  async::awaitable<void> run();

  /// Is the lease ours now, counted from when the last successful renewal was sent (LE-2)? Guarded writes ask each
  /// time.
  [[nodiscard]] bool is_leader() const { return leading_ && options_.boot_now() < valid_until_; }

  /// The holder last seen; empty if none.
  [[nodiscard]] std::string holder() const { return observed_ ? observed_->record.holder : std::string{}; }

  /// Gives the lease back if we hold it, once all guarded work has stopped (SHD-3); run() ends. A conflict is repeated,
  /// other errors only logged: the lease runs out by itself.
  async::awaitable<void> release();

 private:
  async::awaitable<Result<void>> look_and_take();
  async::awaitable<Result<void>> renew();
  async::awaitable<Result<void>> write(LeaseRecord record);
  async::awaitable<Result<void>> guarded_call();
  void give_up_if_late();
  void note(const Result<void>& outcome);
  void lead(BootTime sent);
  void stop_leading(std::string_view why);
  [[nodiscard]] CallOptions call_options() const;

  ApiClient& client_;
  Options options_;
  std::optional<ObservedLease> observed_;
  bool leading_ = false;
  bool released_ = false;
  bool in_call_ = false;
  bool failing_ = false;
  BootTime renewed_at_{};
  BootTime valid_until_{};
  async::Notifier changed_;
  prometheus::Gauge& is_leader_gauge_;
  prometheus::Counter& changes_;
};

}  // namespace acr::kube
