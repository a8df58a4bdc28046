// SPDX-License-Identifier: Apache-2.0
#include "common/kube/event_recorder.hpp"

#include "common/async/backoff.hpp"
#include "common/async/sleep.hpp"
#include "common/base/crypto.hpp"
#include "common/base/log.hpp"
#include "common/kube/requests.hpp"
#include "common/kube/status_error.hpp"

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLineLimit = 1000;
constexpr int kTries = 3;
constexpr async::BackoffPolicy kBackoff{.first = 1s, .cap = 10s};

}  // namespace

EventRecorder::EventRecorder(ApiClient& client, Metrics& metrics, EventSource source, bool dry_run)
    : client_(client),
      source_(std::move(source)),
      dry_run_(dry_run),
      changed_(client.executor()),
      events_(metrics.counter("acr_events_total", "Kubernetes Events by result: posted, suppressed, dropped, failed")) {
}

void EventRecorder::count(std::string_view result) {
  events_.Add({{"result", std::string(result)}}).Increment();
}

void EventRecorder::emit(Event event) {
  if (dry_run_) {
    log::info("would write an Event", {log::kv("reason", event.reason), log::kv("kind", event.regarding.kind),
                                       log::kv("object", to_string(event.regarding.key)), log::kv("note", event.note)});
    return;
  }
  if (line_.size() >= kLineLimit) return count("dropped");
  line_.push_back(std::move(event));
  changed_.notify_all();
}

async::awaitable<void> EventRecorder::run() {
  for (;;) {
    while (line_.empty()) co_await changed_.wait();
    auto event = std::move(line_.front());
    line_.pop_front();
    busy_ = true;
    co_await post(std::move(event));
    busy_ = false;
    changed_.notify_all();
  }
}

async::awaitable<void> EventRecorder::drain(async::Deadline deadline) {
  while ((!line_.empty() || busy_) && async::Clock::now() < deadline) co_await changed_.wait_until(deadline);
}

async::awaitable<void> EventRecorder::post(Event event) {
  for (int tries = 1;; ++tries) {
    const auto move = correlator_.plan(event, random_hex(8), async::Clock::now());
    if (!move) co_return count("suppressed");
    const auto sent = co_await send(event, *move);
    if (sent) {
      failing_ = false;
      co_return count("posted");
    }
    // It may not stand there; the next try and the next such Event begin anew.
    correlator_.forget(event);
    const auto& error = sent.error();
    const bool vanished = move->patch && error.kind == ErrorKind::NotFound;
    if (tries >= kTries || !(vanished || is_retryable(error.kind))) {
      count("failed");
      if (!failing_ && error.code != kNamespaceTerminating) {
        log::warn("a Kubernetes Event could not be written; it is dropped",
                  {log::kv("reason", event.reason), log::kv("error", error.message)});
      }
      failing_ = true;
      co_return;
    }
    if (!vanished) co_await async::sleep_for(async::backoff_delay(kBackoff, tries, async::random_fraction()));
  }
}

async::awaitable<Result<void>> EventRecorder::send(Event event, EventMove move) {
  const auto now = std::chrono::system_clock::now();
  auto request =
      move.patch ? build_merge_patch_request(kEvents, move.key, build_event_series_patch(move.count, now))
                 : build_create_request(kEvents, move.key.namespace_, build_event_body(event, source_, move.key, now));
  const CallOptions options{.deadline = async::deadline_in(10s), .priority = async::Priority::Backfill};
  const auto response = co_await client_.send(std::move(request), options);
  if (!response) co_return fail(response.error());
  co_return Result<void>{};
}

}  // namespace acr::kube
