// SPDX-License-Identifier: Apache-2.0
#include "common/kube/lease.hpp"

#include <fmt/format.h>

namespace acr::kube {
namespace {

std::optional<WallTime> time_at(const JsonValue& spec, std::string_view name) {
  const auto time = parse_rfc3339(string_at(spec, name));
  if (!time) return std::nullopt;
  return *time;
}

std::chrono::seconds whole_seconds(std::chrono::milliseconds duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration);
}

}  // namespace

Result<void> check_lease_timing(const LeaseTiming& timing) {
  const auto refuse = [](std::string_view why) {
    return fail(ErrorKind::Invalid, fmt::format("cannot elect a leader: {}", why));
  };
  if (timing.retry_period <= timing.retry_period.zero() || timing.candidate_period <= timing.candidate_period.zero()) {
    return refuse("the periods must be longer than zero");
  }
  if (timing.duration.count() % 1000 != 0) return refuse("the lease duration must be whole seconds");
  if (timing.renew_deadline * 10 <= timing.retry_period * 12)
    return refuse("the renew deadline must be longer than 1.2 retry periods");
  if (timing.duration <= timing.renew_deadline + timing.retry_period) {
    return refuse("the lease duration must be longer than renew deadline and retry period together");
  }
  return {};
}

Result<LeaseRecord> parse_lease(const JsonValue& object) {
  if (string_at(object, "metadata", "name").empty()) return fail(ErrorKind::Protocol, "a lease has no metadata.name");
  LeaseRecord record{.resource_version = std::string(string_at(object, "metadata", "resourceVersion"))};
  const auto* spec = find_member(object, "spec");
  if (spec == nullptr) return record;
  record.holder = string_at(*spec, "holderIdentity");
  record.duration = std::chrono::seconds{integer_at(*spec, "leaseDurationSeconds").value_or(0)};
  record.acquire_time = time_at(*spec, "acquireTime");
  record.renew_time = time_at(*spec, "renewTime");
  record.transitions = static_cast<int>(integer_at(*spec, "leaseTransitions").value_or(0));
  return record;
}

std::string build_lease_body(const ObjectKey& key, const LeaseRecord& record) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_string(writer, "apiVersion", "coordination.k8s.io/v1");
  write_string(writer, "kind", "Lease");
  write_key(writer, "metadata");
  writer.StartObject();
  write_string(writer, "name", key.name);
  write_string(writer, "namespace", key.namespace_);
  if (!record.resource_version.empty()) write_string(writer, "resourceVersion", record.resource_version);
  writer.EndObject();
  write_key(writer, "spec");
  writer.StartObject();
  write_string(writer, "holderIdentity", record.holder);
  write_key(writer, "leaseDurationSeconds");
  writer.Int64(record.duration.count());
  if (record.acquire_time) write_string(writer, "acquireTime", format_rfc3339_micro(*record.acquire_time));
  if (record.renew_time) write_string(writer, "renewTime", format_rfc3339_micro(*record.renew_time));
  write_key(writer, "leaseTransitions");
  writer.Int(record.transitions);
  writer.EndObject();
  writer.EndObject();
  return text_of(buffer);
}

ObservedLease observe_lease(const std::optional<ObservedLease>& before, LeaseRecord seen, BootTime now) {
  const auto since = before && before->record == seen ? before->since : now;
  return {.record = std::move(seen), .since = since};
}

LeaseMove plan_lease_move(const ObservedLease& lease, const std::string& identity, BootTime now) {
  if (lease.record.holder == identity) return LeaseMove::Renew;
  if (lease.record.holder.empty() || lease.since + lease.record.duration <= now) return LeaseMove::Take;
  return LeaseMove::Wait;
}

LeaseRecord new_lease(const std::string& identity, const LeaseTiming& timing, WallTime now) {
  return {.holder = identity, .duration = whole_seconds(timing.duration), .acquire_time = now, .renew_time = now};
}

LeaseRecord taken_lease(const LeaseRecord& current, const std::string& identity, const LeaseTiming& timing,
                        WallTime now) {
  auto record = new_lease(identity, timing, now);
  record.transitions = current.transitions + 1;
  record.resource_version = current.resource_version;
  return record;
}

LeaseRecord renewed_lease(const LeaseRecord& current, WallTime now) {
  auto record = current;
  record.renew_time = now;
  return record;
}

LeaseRecord released_lease(const LeaseRecord& current, WallTime now) {
  auto record = current;
  record.holder.clear();
  record.duration = std::chrono::seconds{1};  // zero is not valid (LE-8)
  record.renew_time = now;
  return record;
}

}  // namespace acr::kube
