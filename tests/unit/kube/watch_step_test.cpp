// SPDX-License-Identifier: Apache-2.0
// The reflector's decisions, row by row.
#include "common/kube/watch_step.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "common/kube/status_error.hpp"

namespace acr::kube {
namespace {

using namespace std::chrono_literals;
using Move = WatchStep::Move;

const async::Deadline kStart{1h};

Error error(ErrorKind kind, std::string code = {}) {
  return {.kind = kind, .message = "x", .code = std::move(code)};
}

WatchStep watching() {
  WatchStep step;
  step.listed("100", kStart);
  return step;
}

std::chrono::milliseconds shortest_pause(const WatchStep& step) {
  return step.pause(0.0);
}

}  // namespace

TEST_CASE("2.1.1: the first list takes what is cached, at once") {
  const WatchStep step;
  CHECK(step.next() == Move::List);
  CHECK(step.resource_version() == "0");
  CHECK(shortest_pause(step) == 0ms);
}

TEST_CASE("what follows each event of a watcher's life") {
  struct Row {
    std::string name;
    std::function<void(WatchStep&)> happens;
    Move next;
    std::string resource_version;
    bool pauses;
  };
  const StreamEnd long_life{.lived = 5min, .events = 3};
  const auto broken = [](ErrorKind kind, std::chrono::milliseconds lived) {
    return StreamEnd{.error = error(kind), .lived = lived};
  };
  const std::vector<Row> rows{
      {"2.1.2: after a list, watch from its version", [](auto&) {}, Move::Watch, "100", false},
      {"LW-1: 410 as an answer", [](auto& s) { s.watch_refused(error(ErrorKind::Expired), kStart); }, Move::List, "",
       false},
      {"LW-1: 410 as an event", [](auto& s) { s.error_event(error(ErrorKind::Expired), kStart); }, Move::List, "",
       false},
      {"LW-3: too large resourceVersion on the watch",
       [](auto& s) { s.watch_refused(error(ErrorKind::Unavailable, std::string(kResourceVersionTooLarge)), kStart); },
       Move::List, "", false},
      {"2.1.7: refused connection", [](auto& s) { s.watch_refused(error(ErrorKind::Unavailable), kStart); },
       Move::Check, "100", true},
      {"LW-3: the server that is back has reached our version",
       [](auto& s) {
         s.watch_refused(error(ErrorKind::Unavailable), kStart);
         s.checked();
       },
       Move::Watch, "100", false},
      {"LW-3: it has not: another store",
       [](auto& s) {
         s.watch_refused(error(ErrorKind::Unavailable), kStart);
         s.check_failed(error(ErrorKind::Unavailable, std::string(kResourceVersionTooLarge)), kStart);
       },
       Move::List, "", true},
      {"it is still away", [](auto& s) { s.check_failed(error(ErrorKind::Unavailable), kStart); }, Move::Check, "100",
       true},
      {"it does not let us ask", [](auto& s) { s.check_failed(error(ErrorKind::Denied), kStart); }, Move::List, "100",
       true},
      {"2.1.7: 429 on opening", [](auto& s) { s.watch_refused(error(ErrorKind::Throttled), kStart); }, Move::Watch,
       "100", true},
      {"no header in time", [](auto& s) { s.watch_refused(error(ErrorKind::Timeout), kStart); }, Move::Check, "100",
       true},
      {"forbidden: list again, not older than known",
       [](auto& s) { s.watch_refused(error(ErrorKind::Denied), kStart); }, Move::List, "100", true},
      {"2.1.5: 429 as an event", [](auto& s) { s.error_event(error(ErrorKind::Throttled), kStart); }, Move::Watch,
       "100", true},
      {"2.1.5: InternalError as an event",
       [](auto& s) { s.error_event(error(ErrorKind::Unavailable, "InternalError"), kStart); }, Move::Watch, "100",
       true},
      {"2.1.5: any other error event", [](auto& s) { s.error_event(error(ErrorKind::Unavailable, "Timeout"), kStart); },
       Move::List, "100", true},
      {"2.1.4: events advance the position", [](auto& s) { s.event_seen("107"); }, Move::Watch, "107", false},
      {"2.1.6: a clean end resumes",
       [&](auto& s) {
         s.event_seen("107");
         s.stream_ended(long_life, kStart);
       },
       Move::Watch, "107", false},
      {"2.1.6: a quiet clean end resumes", [](auto& s) { s.stream_ended({.lived = 5min}, kStart); }, Move::Watch, "100",
       false},
      {"2.1.6: a very short watch is a failure", [](auto& s) { s.stream_ended({.lived = 10ms}, kStart); }, Move::Watch,
       "100", true},
      {"2.1.6: a short watch with events is none",
       [](auto& s) { s.stream_ended({.lived = 10ms, .events = 1}, kStart); }, Move::Watch, "100", false},
      {"LW-13: a silent stream is left", [&](auto& s) { s.stream_ended(broken(ErrorKind::Timeout, 3min), kStart); },
       Move::Check, "100", false},
      {"a stream that is cut late resumes",
       [&](auto& s) { s.stream_ended(broken(ErrorKind::Unavailable, 2s), kStart); }, Move::Watch, "100", false},
      {"a stream that is cut at once pauses",
       [&](auto& s) { s.stream_ended(broken(ErrorKind::Unavailable, 10ms), kStart); }, Move::Watch, "100", true},
      {"an unreadable stream: list again", [&](auto& s) { s.stream_ended(broken(ErrorKind::Protocol, 2s), kStart); },
       Move::List, "100", true},
      {"a list without a version is not watched from", [](auto& s) { s.listed("", kStart); }, Move::List, "100", true},
      {"nor one of version 0", [](auto& s) { s.listed("0", kStart); }, Move::List, "100", true},
  };
  for (const auto& row : rows) {
    auto step = watching();
    row.happens(step);
    INFO(row.name);
    CHECK(step.next() == row.next);
    CHECK(step.resource_version() == row.resource_version);
    CHECK((shortest_pause(step) > 0ms) == row.pauses);
  }
}

TEST_CASE("2.1.1: a list under an expired version is repeated consistently, until one succeeds") {
  auto step = watching();
  step.watch_refused(error(ErrorKind::Denied), kStart);
  step.list_failed(error(ErrorKind::Expired), kStart);
  CHECK(step.resource_version().empty());
  step.list_failed(error(ErrorKind::Unavailable), kStart);
  CHECK(step.resource_version().empty());

  step.listed("7", kStart);

  CHECK(step.next() == Move::Watch);
  CHECK(step.resource_version() == "7");
}

TEST_CASE("a failing list keeps its position and pauses") {
  WatchStep step;
  step.list_failed(error(ErrorKind::Unavailable), kStart);
  CHECK(step.next() == Move::List);
  CHECK(step.resource_version() == "0");
  CHECK(shortest_pause(step) == 400ms);
}

TEST_CASE("2.1.5: InternalError is retried three times in a row, then a list is needed") {
  auto step = watching();
  const auto internal = error(ErrorKind::Unavailable, "InternalError");
  for (int i = 0; i < 3; ++i) {
    step.error_event(internal, kStart);
    CHECK(step.next() == Move::Watch);
  }
  step.error_event(internal, kStart);
  CHECK(step.next() == Move::List);

  auto recovered = watching();
  for (int i = 0; i < 10; ++i) {
    recovered.error_event(internal, kStart);
    recovered.event_seen("101");
  }
  CHECK(recovered.next() == Move::Watch);
}

TEST_CASE("2.1.8: pauses double from 0.8 s to 10 s and start anew after two calm minutes") {
  auto step = watching();
  std::vector<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 8; ++i) {
    step.watch_refused(error(ErrorKind::Unavailable), kStart);
    pauses.push_back(step.pause(0.5));
  }
  CHECK(pauses == std::vector<std::chrono::milliseconds>{800ms, 1600ms, 3200ms, 6400ms, 10s, 10s, 10s, 10s});

  step.watch_refused(error(ErrorKind::Unavailable), kStart + 121s);
  CHECK(step.pause(0.5) == 800ms);
}

TEST_CASE("2.1.8: a list that works between failing watches does not reset the pause") {
  auto step = watching();
  for (int i = 0; i < 5; ++i) {
    step.watch_refused(error(ErrorKind::Denied), kStart);
    step.listed("100", kStart);
  }
  CHECK(step.failures() == 5);
}

TEST_CASE("positions that expire again and again are not listed in a hot loop") {
  auto step = watching();
  step.watch_refused(error(ErrorKind::Expired), kStart);
  CHECK(shortest_pause(step) == 0ms);
  step.listed("200", kStart);
  step.watch_refused(error(ErrorKind::Expired), kStart + 1s);
  CHECK(shortest_pause(step) > 0ms);
}

TEST_CASE("LW-15: the server's Retry-After is the least pause") {
  auto step = watching();
  auto throttled = error(ErrorKind::Throttled);
  throttled.retry_after = 20s;
  step.watch_refused(throttled, kStart);
  CHECK(step.pause(0.5) == 20s);

  step.watch_refused(error(ErrorKind::Throttled), kStart);
  CHECK(step.pause(0.5) == 1600ms);
}

TEST_CASE("event types are read by their word") {
  CHECK(parse_event_type("ADDED") == EventType::Added);
  CHECK(parse_event_type("MODIFIED") == EventType::Modified);
  CHECK(parse_event_type("DELETED") == EventType::Deleted);
  CHECK(parse_event_type("BOOKMARK") == EventType::Bookmark);
  CHECK(parse_event_type("ERROR") == EventType::Error);
  CHECK_FALSE(parse_event_type("added"));
}

}  // namespace acr::kube
