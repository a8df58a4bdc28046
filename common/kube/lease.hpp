// SPDX-License-Identifier: Apache-2.0
// The arithmetic of leader election on a Lease. Pure: clocks come as arguments.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/base/error.hpp"
#include "common/base/json.hpp"
#include "common/base/time.hpp"
#include "common/kube/object.hpp"

namespace acr::kube {

/// Time since boot with suspend included (CLOCK_BOOTTIME): steady_clock stops while a machine is suspended, and a
/// resumed ex-leader would still believe in its lease (LE-3).
using BootTime = std::chrono::nanoseconds;

/// Rules: duration > renew_deadline + retry_period, renew_deadline > 1.2 retry_period (LE-1).
struct LeaseTiming {
  std::chrono::milliseconds duration{15'000};        ///< how long a silent holder is respected; whole seconds
  std::chrono::milliseconds renew_deadline{10'000};  ///< a leader that has not renewed for so long gives up
  std::chrono::milliseconds retry_period{2'000};     ///< between renewals
  std::chrono::milliseconds candidate_period{
      1'000};  ///< between looks of one who waits: a released lease is taken within 2 s
};
Result<void> check_lease_timing(const LeaseTiming& timing);

struct LeaseRecord {
  std::string holder = {};                    ///< empty: free (LE-8)
  std::chrono::seconds duration{0};           ///< as published by the holder
  std::optional<WallTime> acquire_time = {};  ///< for people; never compared
  std::optional<WallTime> renew_time = {};
  int transitions = 0;
  std::string resource_version = {};

  friend bool operator==(const LeaseRecord&, const LeaseRecord&) = default;
};

/// Reads a Lease object; absent fields are empty or zero.
Result<LeaseRecord> parse_lease(const JsonValue& object);

/// The Lease as a whole; without resourceVersion where `record` has none (a create).
std::string build_lease_body(const ObjectKey& key, const LeaseRecord& record);

/// A record and when, by our own clock, it was first seen in this form.
struct ObservedLease {
  LeaseRecord record;
  BootTime since{};
};

/// `seen` keeps its time as long as the record does not change: the server's timestamps are never compared.
ObservedLease observe_lease(const std::optional<ObservedLease>& before, LeaseRecord seen, BootTime now);

enum class LeaseMove { Wait, Take, Renew };

/// May `identity` take the lease, or does it hold it?
LeaseMove plan_lease_move(const ObservedLease& lease, const std::string& identity, BootTime now);

/// The records to write. `now` is only shown to people.
LeaseRecord new_lease(const std::string& identity, const LeaseTiming& timing, WallTime now);
LeaseRecord taken_lease(const LeaseRecord& current, const std::string& identity, const LeaseTiming& timing,
                        WallTime now);
LeaseRecord renewed_lease(const LeaseRecord& current, WallTime now);
/// Holder empty, duration 1 s: the next candidate takes it at once.
LeaseRecord released_lease(const LeaseRecord& current, WallTime now);

}  // namespace acr::kube
