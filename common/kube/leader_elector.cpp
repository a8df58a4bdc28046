// SPDX-License-Identifier: Apache-2.0
#include "common/kube/leader_elector.hpp"

#include <algorithm>

#include "common/async/backoff.hpp"
#include "common/async/boot_time.hpp"
#include "common/base/log.hpp"
#include "common/kube/requests.hpp"

namespace acr::kube {
namespace {

constexpr int kReleaseTries = 3;

Result<LeaseRecord> read_lease(const Result<http::Response>& response) {
  if (!response) return fail(response.error());
  const auto document = parse_json(response->body);
  if (!document) return fail(document.error());
  return parse_lease(*document);
}

}  // namespace

BootTime boot_time() {
  return async::boot_time();
}

async::awaitable<Result<LeaseRecord>> fetch_lease(ApiClient& client, ObjectKey key, CallOptions options) {
  const auto response = co_await client.send(build_get_request(kLeases, key), options);
  co_return read_lease(response);
}

async::awaitable<Result<LeaseRecord>> apply_lease(ApiClient& client, ObjectKey key, LeaseRecord record,
                                                  CallOptions options) {
  auto body = build_lease_body(key, record);
  auto request = record.resource_version.empty() ? build_create_request(kLeases, key.namespace_, std::move(body))
                                                 : build_update_request(kLeases, key, std::move(body));
  const auto response = co_await client.send(std::move(request), options);
  co_return read_lease(response);
}

LeaderElector::LeaderElector(ApiClient& client, Metrics& metrics, Options options)
    : client_(client),
      options_(std::move(options)),
      changed_(client.executor()),
      is_leader_gauge_(metrics.gauge("leader_election_master_status", "1 while this process leads, else 0.")
                           .Add({{"name", options_.lease.name}})),
      changes_(metrics.counter("acr_leader_changes_total", "How often this process began to lead.").Add({})) {}

CallOptions LeaderElector::call_options() const {
  // LE-5; and a leader's last call must not outlast the moment at which it has to give up.
  auto limit = std::max<std::chrono::nanoseconds>(std::chrono::seconds{1}, options_.timing.renew_deadline / 2);
  if (leading_)
    limit = std::clamp<std::chrono::nanoseconds>(renewed_at_ + options_.timing.renew_deadline - options_.boot_now(), {},
                                                 limit);
  return {.deadline = async::deadline_in(limit), .priority = async::Priority::Lease};
}

async::awaitable<void> LeaderElector::run() {
  while (!released_) {
    const auto outcome = co_await guarded_call();
    note(outcome);
    give_up_if_late();
    if (released_) break;
    const auto jitter = 1.0 + 0.2 * async::random_fraction();
    const auto period = std::chrono::duration<double, std::milli>(options_.timing.candidate_period) * jitter;
    const auto pause =
        leading_ ? options_.timing.retry_period : std::chrono::duration_cast<std::chrono::milliseconds>(period);
    co_await changed_.wait_until(async::deadline_in(pause));
  }
}

async::awaitable<Result<void>> LeaderElector::guarded_call() {
  // release() waits for the call in flight, which may also end by cancellation.
  struct InCall {
    LeaderElector& elector;
    explicit InCall(LeaderElector& owner) : elector(owner) { elector.in_call_ = true; }
    ~InCall() {
      elector.in_call_ = false;
      elector.changed_.notify_all();
    }
  } in_call(*this);
  if (leading_) co_return co_await renew();
  co_return co_await look_and_take();
}

async::awaitable<Result<void>> LeaderElector::renew() {
  // Without a look first: the version that we wrote last is normally still there.
  const auto renewed = co_await write(renewed_lease(observed_->record, options_.wall_now()));
  if (renewed) co_return renewed;
  const auto looked = co_await look_and_take();
  co_return looked;
}

async::awaitable<Result<void>> LeaderElector::look_and_take() {
  const auto& identity = options_.identity;
  auto seen = co_await fetch_lease(client_, options_.lease, call_options());
  const auto now = options_.wall_now();
  if (!seen && seen.error().kind == ErrorKind::NotFound) {
    co_return co_await write(new_lease(identity, options_.timing, now));
  }
  if (!seen) co_return fail(seen.error());
  observed_ = observe_lease(observed_, std::move(*seen), options_.boot_now());
  const auto current = observed_->record;
  switch (plan_lease_move(*observed_, identity, options_.boot_now())) {
    case LeaseMove::Renew:
      co_return co_await write(renewed_lease(current, now));
    case LeaseMove::Take:
      co_return co_await write(taken_lease(current, identity, options_.timing, now));
    case LeaseMove::Wait:
      break;
  }
  if (leading_) stop_leading("another process holds the lease");
  co_return Result<void>{};
}

async::awaitable<Result<void>> LeaderElector::write(LeaseRecord record) {
  const auto sent = options_.boot_now();
  auto written = co_await apply_lease(client_, options_.lease, std::move(record), call_options());
  if (!written) {
    // Lost the race for it: an ordinary event that the next look explains.
    const bool lost = written.error().kind == ErrorKind::Conflict || written.error().kind == ErrorKind::AlreadyExists;
    if (lost && !leading_) co_return Result<void>{};
    co_return fail(written.error());
  }
  observed_ = observe_lease(observed_, std::move(*written), options_.boot_now());
  lead(sent);
  co_return Result<void>{};
}

void LeaderElector::lead(BootTime sent) {
  renewed_at_ = sent;
  valid_until_ = sent + options_.timing.duration;
  if (leading_ || released_) return;
  leading_ = true;
  is_leader_gauge_.Set(1);
  changes_.Increment();
  log::info("leading", {log::kv("identity", options_.identity), log::kv("lease", to_string(options_.lease))});
  if (options_.on_started) options_.on_started();
}

void LeaderElector::give_up_if_late() {
  if (leading_ && options_.boot_now() >= renewed_at_ + options_.timing.renew_deadline) {
    stop_leading("the lease could not be renewed in time");
  }
}

void LeaderElector::stop_leading(std::string_view why) {
  leading_ = false;
  is_leader_gauge_.Set(0);
  log::info("no longer leading", {log::kv("identity", options_.identity), log::kv("reason", why)});
  if (options_.on_stopped) options_.on_stopped();
}

void LeaderElector::note(const Result<void>& outcome) {
  if (outcome.has_value() != failing_) return;
  failing_ = !outcome.has_value();
  if (failing_)
    log::warn("the lease cannot be read or written; it is tried again", {log::kv("error", outcome.error().message)});
  else
    log::info("the lease can be read and written again");
}

async::awaitable<void> LeaderElector::release() {
  released_ = true;
  changed_.notify_all();
  while (in_call_) co_await changed_.wait();
  if (leading_) stop_leading("released");
  if (!observed_) co_return;
  auto current = observed_->record;
  for (int tries = 1; tries <= kReleaseTries && current.holder == options_.identity; ++tries) {
    const auto written =
        co_await apply_lease(client_, options_.lease, released_lease(current, options_.wall_now()), call_options());
    if (written) co_return;
    if (written.error().kind != ErrorKind::Conflict) {
      log::warn("the lease could not be given back; it runs out by itself",
                {log::kv("error", written.error().message)});
      co_return;
    }
    auto seen = co_await fetch_lease(client_, options_.lease, call_options());
    if (!seen) co_return;
    current = std::move(*seen);
  }
}

}  // namespace acr::kube
