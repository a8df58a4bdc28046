// SPDX-License-Identifier: Apache-2.0
#include "common/kube/reflector.hpp"

#include <algorithm>
#include <utility>

#include "common/async/backoff.hpp"
#include "common/async/first_of.hpp"
#include "common/async/sleep.hpp"
#include "common/base/log.hpp"
#include "common/kube/json_splitter.hpp"
#include "common/kube/status_error.hpp"

namespace acr::kube {
namespace {

using Clock = async::Clock;

constexpr std::chrono::seconds kShowEvery{1};

}  // namespace

WatchLoop::WatchLoop(ApiClient& client, Metrics& metrics, ObjectSink& sink, Selection selection, WatchTiming timing)
    : client_(client),
      sink_(sink),
      selection_(std::move(selection)),
      timing_(timing),
      step_(timing.backoff),
      restarted_(client.executor()),
      lists_(metrics.counter("acr_watch_lists_total", "Whole lists read from the API server, by resource")),
      errors_(metrics.counter("acr_watch_errors_total", "Failed lists and watches, by resource and kind of failure")),
      activity_(metrics.gauge("acr_watch_last_activity_timestamp_seconds",
                              "When the API server last sent anything for a watch, in Unix time")) {}

WatchLoop::~WatchLoop() {
  hide_activity();
}

void WatchLoop::restart(Selection selection) {
  hide_activity();
  selection_ = std::move(selection);
  step_ = WatchStep(timing_.backoff);
  bookmarks_seen_ = false;
  page_next_ = false;
  ++generation_;
  sink_.mark_unsynced();
  restarted_.notify_all();
}

bool WatchLoop::is_stuck(async::Deadline now, std::chrono::seconds grace) const {
  return busy_until_ && now > *busy_until_ + grace;
}

async::awaitable<void> WatchLoop::run() {
  for (;;) co_await async::first_of(list_and_watch(), wait_for_restart(generation_));
}

async::awaitable<void> WatchLoop::wait_for_restart(unsigned generation) {
  while (generation_ == generation) co_await restarted_.wait();
}

async::awaitable<void> WatchLoop::list_and_watch() {
  // A selection that changes while an answer is on its way ends this loop; until then it must touch nothing.
  const auto generation = generation_;
  while (generation == generation_) {
    const auto pause = step_.pause(async::random_fraction());
    busy_until_ = Clock::now() + pause;
    if (pause > pause.zero()) co_await async::sleep_for(pause);
    if (step_.next() == WatchStep::Move::Check)
      co_await check_once();
    else if (step_.next() == WatchStep::Move::Watch)
      co_await watch_once(Start::AtPosition);
    else if (client_.streams_lists() && !page_next_)
      co_await watch_once(Start::WithList);
    else
      co_await list_once();
  }
}

async::awaitable<void> WatchLoop::list_once() {
  const auto generation = generation_;
  busy_until_ = Clock::now() + timing_.list_limit;
  const CallOptions options{.deadline = *busy_until_};
  auto listed = co_await fetch_pages(client_, selection_, step_.resource_version(), options, sink_);
  if (generation != generation_) co_return;
  if (!listed) {
    step_.list_failed(listed.error(), Clock::now());
    report(listed.error());
    co_return;
  }
  list_ended(std::move(*listed));
}

async::awaitable<void> WatchLoop::check_once() {
  const auto generation = generation_;
  busy_until_ = Clock::now() + timing_.open_limit;
  auto request = build_list_request(selection_, {.resource_version = step_.resource_version(), .limit = 1});
  const CallOptions options{.deadline = *busy_until_};
  const auto answer = co_await fetch_page(client_, std::move(request), options, [](auto) { return Result<void>{}; });
  if (generation != generation_) co_return;
  if (answer) co_return step_.checked();
  step_.check_failed(answer.error(), Clock::now());
  report(answer.error());
}

void WatchLoop::list_ended(std::string resource_version) {
  lists_.Add({{"resource", std::string(selection_.resource.plural)}}).Increment();
  saw_activity();
  listing_ = false;
  step_.listed(std::move(resource_version), Clock::now());
  page_next_ = step_.next() == WatchStep::Move::List;  // it had no version to watch from
  if (!page_next_) sink_.finish_list();
}

void WatchLoop::list_broke(const Error& error) {
  listing_ = false;
  page_next_ = true;
  step_.list_failed(error, Clock::now());
}

/// The stream was not opened.
void WatchLoop::refused(const Error& error) {
  if (listing_ && error.kind == ErrorKind::Invalid) return client_.note_no_streamed_lists();
  listing_ ? list_broke(error) : step_.watch_refused(error, Clock::now());
  report(error);
}

async::awaitable<void> WatchLoop::watch_once(Start start) {
  const auto generation = generation_;
  const auto extra = static_cast<double>(timing_.shortest_watch.count()) * async::random_fraction();
  const auto timeout = timing_.shortest_watch + std::chrono::seconds{static_cast<long long>(extra)};
  const auto opened_at = Clock::now();
  busy_until_ = opened_at + timing_.open_limit;
  const CallOptions options{.deadline = *busy_until_};
  listing_ = start == Start::WithList;
  auto request = listing_ ? build_streamed_list_request(selection_, step_.resource_version(), timeout)
                          : build_watch_request(selection_, step_.resource_version(), timeout);
  const auto stream = co_await client_.open(std::move(request), options);
  if (generation != generation_) co_return;
  if (!stream) co_return refused(stream.error());
  if (listing_) {
    sink_.start_list();
  } else if (health_ == Health::Unknown) {
    report_good();
  }
  stream_end_ = Clock::now() + timeout + timing_.stream_grace;
  list_end_ = opened_at + timing_.list_limit;
  auto end = co_await read_stream(**stream);
  if (generation != generation_ || !end) co_return;
  if (listing_) {
    const Error cause = end->error.value_or(Error{.message = "a streamed list ended before it was complete"});
    list_broke(cause);
    co_return report(cause);
  }
  end->lived = Clock::now() - opened_at;
  const auto failures = step_.failures();
  step_.stream_ended(*end, Clock::now());
  if (end->error)
    report(*end->error);
  else if (step_.failures() == failures)
    report_good();
}

async::awaitable<std::optional<StreamEnd>> WatchLoop::read_stream(http::ResponseStream& stream) {
  const auto generation = generation_;
  JsonSplitter splitter;
  StreamEnd result;
  for (;;) {
    busy_until_ = listing_ ? std::min(stream_end_, list_end_) : stream_end_;
    const auto limit = bookmarks_seen_ ? std::min(*busy_until_, Clock::now() + timing_.silence_limit) : *busy_until_;
    const auto bytes = co_await stream.read_some(limit);
    if (generation != generation_) co_return std::nullopt;
    if (!bytes) {
      result.error = bytes.error();
      co_return result;
    }
    if (bytes->empty()) {
      if (splitter.pending()) result.error = Error{.message = "the watch ended in the middle of an event"};
      co_return result;
    }
    saw_activity();
    splitter.feed(*bytes);
    for (;;) {
      const auto event = splitter.next();
      const auto more = !event   ? Result<bool>(std::unexpected(event.error()))
                        : *event ? take_event(**event)
                                 : Result<bool>(true);
      if (!more) {
        result.error =
            with_context(more.error(), "cannot read a watch event of " + std::string(selection_.resource.plural));
        co_return result;
      }
      if (!*more) co_return std::nullopt;
      if (!*event) break;
      ++result.events;
    }
  }
}

/// false = the stream is over, and the step knows why.
Result<bool> WatchLoop::take_event(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return fail(document.error());
  const auto type = parse_event_type(string_at(*document, "type"));
  if (!type) return true;
  const auto* object = find_member(*document, "object");
  if (object == nullptr || !object->IsObject()) return fail(ErrorKind::Protocol, "an event without an object");
  if (*type == EventType::Error) {
    const auto error =
        parse_status(*object, "the watch of " + std::string(selection_.resource.plural) + " was ended by the server");
    listing_ ? list_broke(error) : step_.error_event(error, Clock::now());
    report(error);
    return false;
  }
  if (listing_) return take_listed(*type, *object);
  if (auto taken = take_object(*type, *object); !taken) return fail(taken.error());
  step_.event_seen(std::string(parse_resource_version(*object)));
  report_good();
  return true;
}

/// An event before the end of a streamed list: nothing of it counts yet, its version no more than the object.
Result<bool> WatchLoop::take_listed(EventType type, const JsonValue& object) {
  if (type == EventType::Bookmark) {
    bookmarks_seen_ = true;
    if (!is_end_of_list(object)) return true;
    list_ended(std::string(parse_resource_version(object)));
    const bool usable = step_.next() == WatchStep::Move::Watch;
    if (usable) report_good();
    return usable;
  }
  const auto taken = type == EventType::Deleted ? sink_.unlisted(object) : sink_.list_item(object);
  if (!taken) return fail(taken.error());
  return true;
}

Result<void> WatchLoop::take_object(EventType type, const JsonValue& object) {
  switch (type) {
    case EventType::Added:
    case EventType::Modified:
      return sink_.changed(object);
    case EventType::Deleted:
      return sink_.deleted(object);
    case EventType::Bookmark:
      bookmarks_seen_ = true;
      return {};
    case EventType::Error:
      break;
  }
  return {};
}

void WatchLoop::saw_activity() {
  last_activity_ = Clock::now();
  if (activity_shown_ && *last_activity_ < *activity_shown_ + kShowEvery) return;
  activity_shown_ = last_activity_;
  // Looked up each time: another watch of the same objects, which follows this one or went before it, shares the
  // series.
  activity_.Add(activity_labels()).SetToCurrentTime();
}

/// What nobody follows any more must not look like a silent watch.
void WatchLoop::hide_activity() {
  if (std::exchange(activity_shown_, std::nullopt)) activity_.Remove(&activity_.Add(activity_labels()));
}

Labels WatchLoop::activity_labels() const {
  return {{"resource", std::string(selection_.resource.plural)}, {"selector", selection_.field_selector}};
}

void WatchLoop::report(const Error& error) {
  const std::string resource(selection_.resource.plural);
  errors_.Add({{"resource", resource}, {"kind", std::string(to_string(error.kind))}}).Increment();
  // A position that grew too old is ordinary life and heals in the next list.
  if (error.kind == ErrorKind::Expired || health_ == Health::Bad) return;
  health_ = Health::Bad;
  log::warn(
      "cannot follow the API server; the last known state serves on while it is tried again",
      {log::kv("resource", resource), log::kv("selector", selection_.field_selector), log::kv("error", error.message)});
}

void WatchLoop::report_good() {
  if (health_ == Health::Bad)
    log::info("the API server can be followed again", {log::kv("resource", selection_.resource.plural)});
  health_ = Health::Good;
}

}  // namespace acr::kube
