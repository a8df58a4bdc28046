// SPDX-License-Identifier: Apache-2.0
#include "common/kube/watch_step.hpp"

#include <algorithm>

#include "common/kube/status_error.hpp"

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

constexpr auto kCalm = 2min;        // without a failure for so long, the next one counts as the first
constexpr auto kShortestLife = 1s;  // a stream that dies younger is a failure, not an end
constexpr int kInternalErrorRetries = 3;

bool is_unusable_position(const Error& error) {
  return error.kind == ErrorKind::Expired || error.code == kResourceVersionTooLarge;
}

/// The server may be back in a moment and still know our position.
bool may_resume(const Error& error) {
  return error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::Throttled || error.kind == ErrorKind::Timeout;
}

/// It may also be another server by then, or the same one with another store.
bool was_away(const Error& error) {
  return error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::Timeout;
}

}  // namespace

const std::string WatchStep::kNone;

std::optional<EventType> parse_event_type(std::string_view text) {
  if (text == "ADDED") return EventType::Added;
  if (text == "MODIFIED") return EventType::Modified;
  if (text == "DELETED") return EventType::Deleted;
  if (text == "BOOKMARK") return EventType::Bookmark;
  if (text == "ERROR") return EventType::Error;
  return std::nullopt;
}

std::chrono::milliseconds WatchStep::pause(double random) const {
  if (hurry_ == Hurry::AtOnce) return 0ms;
  return std::max(async::backoff_delay(backoff_, failures_, random), at_least_);
}

void WatchStep::count_failure(async::Deadline now) {
  if (failures_ > 0 && now - last_failure_ > kCalm) failures_ = 0;
  ++failures_;
  last_failure_ = now;
}

void WatchStep::failed(Move next, const Error& error, async::Deadline now) {
  count_failure(now);
  next_ = next;
  hurry_ = Hurry::AfterPause;
  at_least_ = error.retry_after.value_or(0ms);
}

void WatchStep::relist_consistently(async::Deadline now) {
  count_failure(now);
  next_ = Move::List;
  list_consistently_ = true;
  // An expired position is ordinary life; only one that comes again and again has to wait.
  hurry_ = failures_ == 1 ? Hurry::AtOnce : Hurry::AfterPause;
  at_least_ = 0ms;
}

void WatchStep::listed(std::string resource_version, async::Deadline now) {
  // A watch from "" or "0" would begin with made-up events in no order.
  if (resource_version.empty() || resource_version == "0") {
    return failed(Move::List, {.kind = ErrorKind::Protocol, .message = "a list without a resourceVersion"}, now);
  }
  resource_version_ = std::move(resource_version);
  list_consistently_ = false;
  next_ = Move::Watch;
  hurry_ = Hurry::AtOnce;
}

void WatchStep::list_failed(const Error& error, async::Deadline now) {
  if (is_unusable_position(error) && !list_consistently_) return relist_consistently(now);
  failed(Move::List, error, now);
}

void WatchStep::watch_refused(const Error& error, async::Deadline now) {
  if (is_unusable_position(error)) return relist_consistently(now);
  failed(was_away(error) ? Move::Check : may_resume(error) ? Move::Watch : Move::List, error, now);
}

void WatchStep::checked() {
  next_ = Move::Watch;
  hurry_ = Hurry::AtOnce;
}

void WatchStep::check_failed(const Error& error, async::Deadline now) {
  if (is_unusable_position(error)) return relist_consistently(now);
  failed(may_resume(error) ? Move::Check : Move::List, error, now);
}

void WatchStep::event_seen(std::string resource_version) {
  internal_errors_ = 0;
  if (!resource_version.empty()) resource_version_ = std::move(resource_version);
}

void WatchStep::error_event(const Error& error, async::Deadline now) {
  if (is_unusable_position(error)) return relist_consistently(now);
  if (error.kind == ErrorKind::Throttled) return failed(Move::Watch, error, now);
  const bool internal = error.code == "InternalError";
  failed(internal && ++internal_errors_ <= kInternalErrorRetries ? Move::Watch : Move::List, error, now);
}

void WatchStep::stream_ended(const StreamEnd& end, async::Deadline now) {
  const Error cause = end.error.value_or(Error{.message = "the watch ended at once"});
  if (!may_resume(cause)) return failed(Move::List, cause, now);
  const bool too_short = end.lived < kShortestLife && (end.error || end.events == 0);
  if (too_short) return failed(Move::Watch, cause, now);
  next_ = cause.kind == ErrorKind::Timeout ? Move::Check : Move::Watch;
  hurry_ = Hurry::AtOnce;
}

}  // namespace acr::kube
