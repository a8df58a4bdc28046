// SPDX-License-Identifier: Apache-2.0
// The loop around lists in pages and watches, against a server with faults.
#include "common/kube/reflector.hpp"

#include <catch2/catch.hpp>

#include "tests/component/kube/following.hpp"

namespace acr::kube::test {

using namespace std::chrono_literals;

namespace {

const std::string kListAll = "GET /api/v1/serviceaccounts?limit=500&resourceVersion=0";

}  // namespace

TEST_CASE("2.1.1: a reflector lists what is cached, then watches from the list's version") {
  Following test;
  test.server.put(kAccounts, account("a"));
  const auto version = test.server.put(kAccounts, account("b"));

  test.start_synced();

  CHECK(test.store.size() == 2);
  REQUIRE(test.server.asked.size() == 2);
  CHECK(test.server.asked[0].starts_with(kListAll));
  CHECK(test.server.asked[1].find("watch=true&allowWatchBookmarks=true&resourceVersion=" + version) !=
        std::string::npos);
  CHECK(test.reflector.last_activity());
}

TEST_CASE("events change the store") {
  Following test;
  test.server.put(kAccounts, account("a"));
  test.start_synced();

  test.server.put(kAccounts, account("b"));
  test.server.put(kAccounts, account("a", "changed"));
  test.wait_for([&] { return test.store.size() == 2 && test.secret_of("a") == "changed"; });
  test.server.erase(kAccounts, "ns", "a");
  test.wait_for([&] { return test.store.size() == 1; });

  CHECK(test.asked("GET") == 2);
}

TEST_CASE("2.1.4: a bookmark moves the position at which the watch resumes") {
  Following test;
  test.start_synced();
  const auto version = test.server.put("/api/v1/configmaps", R"({"metadata":{"name":"x"}})");
  test.server.send_bookmarks();
  test.wait_for([&] { return test.reflector.last_activity().has_value(); });

  test.server.end_streams();
  test.wait_for([&] { return test.asked("watch=true") == 2; });

  CHECK(test.server.asked.back().find("&resourceVersion=" + version + "&") != std::string::npos);
  CHECK(test.asked(kListAll) == 1);
}

TEST_CASE("LW-1: 410 as an answer to the watch leads to one consistent list, and deletions are noticed") {
  Following test;
  test.server.put(kAccounts, account("a"));
  test.server.put(kAccounts, account("b"));
  test.start_synced();
  std::vector<std::string> told;
  test.store.on_change([&](const ObjectKey& key) { told.push_back(key.name); });

  test.server.end_streams(Error{.message = "reset"});
  test.server.erase(kAccounts, "ns", "a");
  test.server.compact();
  test.wait_for([&] { return test.store.size() == 1 && test.server.streams() == 1; });

  CHECK(told == std::vector<std::string>{"a"});
  CHECK(test.asked("GET /api/v1/serviceaccounts?limit=500") == 2);
  CHECK(test.server.asked[test.server.asked.size() - 2] == "GET /api/v1/serviceaccounts?limit=500");
}

TEST_CASE("LW-1: 410 as an event leads to one consistent list") {
  Following test;
  test.start_synced();

  test.server.send_error_event(410, "Expired");
  test.wait_for([&] { return test.server.streams() == 1 && test.asked("GET") == 4; });

  CHECK(test.server.asked[2] == "GET /api/v1/serviceaccounts?limit=500");
}

TEST_CASE("2.1.5: 429 as an event resumes without a list") {
  Following test;
  test.start_synced();

  test.server.send_error_event(429, "TooManyRequests");
  test.wait_for([&] { return test.asked("watch=true") == 2; });

  CHECK(test.asked("limit=500") == 1);
}

TEST_CASE("2.1.7: refused connections and 429 on opening do not lead to a list") {
  Following test;
  test.start_synced();
  int refusals = 0;
  test.server.before = [&](const http::Request&) -> std::optional<Result<http::Response>> {
    if (++refusals > 6) return std::nullopt;
    if (refusals % 2 == 0) return fakes::status_response(429, "TooManyRequests");
    return fail(ErrorKind::Unavailable, "connection refused");
  };

  test.server.end_streams();
  test.server.put(kAccounts, account("late"));
  test.wait_for([&] { return test.store.size() == 1; });

  CHECK(test.asked("limit=500") == 1);
  CHECK(test.asked("limit=1&") + test.asked("watch=true") == 1 + 6 + 2);  // at last a check, then a watch
}

TEST_CASE("LW-3: a server that comes back with an older store, and does not say so, is listed anew") {
  Following test;
  test.server.refuses_future_watches = false;
  test.server.put(kAccounts, account("a", "before"));
  test.start_synced();
  const auto refuse = fail(ErrorKind::Unavailable, "connection refused");
  bool is_away = true;
  test.server.before = [&](const http::Request&) -> std::optional<Result<http::Response>> {
    if (!is_away) return std::nullopt;
    return Result<http::Response>(refuse);
  };

  const auto asked = test.server.asked.size();
  test.server.end_streams(Error{.kind = ErrorKind::Unavailable, .message = "connection reset"});
  test.wait_for([&] { return test.server.asked.size() >= asked + 3; });
  test.server.restore(7);
  test.server.put(kAccounts, account("a", "restored"));
  is_away = false;
  test.wait_for([&] { return test.secret_of("a") == "restored" && test.server.streams() == 1; });
  test.server.put(kAccounts, account("b"));
  test.wait_for([&] { return test.store.size() == 2; });
}

TEST_CASE("LW-3: a version that is too large leads to a consistent list, after a restore of etcd too") {
  Following test;
  test.server.put(kAccounts, account("a", "before"));
  test.start_synced();

  test.server.end_streams();
  test.server.restore(7);
  test.server.put(kAccounts, account("a", "restored"));
  test.wait_for([&] { return test.secret_of("a") == "restored" && test.server.streams() == 1; });

  CHECK(test.store.find({"ns", "a"})->resource_version == "8");
}

TEST_CASE("a list that fails is repeated until it succeeds, and only then is the store synced") {
  Following test;
  test.server.put(kAccounts, account("a"));
  int failures = 0;
  test.server.before = [&](const http::Request& request) -> std::optional<Result<http::Response>> {
    if (request.target.find("watch=true") != std::string::npos || ++failures > 4) return std::nullopt;
    CHECK_FALSE(test.store.synced());
    return fakes::status_response(503, "ServiceUnavailable");
  };

  test.start();
  test.wait_for([&] { return test.store.synced(); });

  CHECK(failures == 5);
  CHECK(test.store.size() == 1);
}

TEST_CASE("a list that breaks off in the middle changes nothing") {
  Following test;
  test.start_synced();
  test.server.put(kAccounts, account("a"));
  test.wait_for([&] { return test.store.size() == 1; });
  int lists = 0;
  test.server.before = [&](const http::Request& request) -> std::optional<Result<http::Response>> {
    if (request.target.find("watch=true") != std::string::npos || ++lists > 3) return std::nullopt;
    CHECK(test.store.size() == 1);
    return http::Response{.body = R"({"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"half")"};
  };

  test.server.send_error_event(410, "Gone");
  test.wait_for([&] { return lists > 3 && test.server.streams() == 1; });

  CHECK(test.store.size() == 1);
  CHECK(test.store.find({"ns", "a"}));
}

TEST_CASE("LW-7: a list in pages arrives whole; a page that has expired is followed by one list without pages") {
  Following test;
  for (int i = 0; i < 7; ++i) test.server.put(kAccounts, account("a" + std::to_string(i)));
  test.start_synced();
  test.server.page_limit = 2;
  bool expired = false;
  test.server.before = [&](const http::Request& request) -> std::optional<Result<http::Response>> {
    if (request.target.find("continue=token-3") != std::string::npos) expired = true, test.server.compact();
    return std::nullopt;
  };

  test.server.send_error_event(410, "Expired");
  test.wait_for([&] { return expired && test.server.streams() == 1; });

  CHECK(test.store.size() == 7);
  CHECK(test.asked("continue=") == 3);
  CHECK(test.asked("GET /api/v1/serviceaccounts?") == 7);
  CHECK(std::ranges::count(test.server.asked, "GET /api/v1/serviceaccounts") == 1);
}

TEST_CASE("LW-13: a stream that has been silent after bookmarks is opened anew") {
  auto timing = quick();
  timing.silence_limit = 30ms;
  Following test({.resource = kServiceAccounts}, timing);
  test.start_synced();
  test.server.send_bookmarks();

  test.wait_for([&] { return test.asked("watch=true") >= 2; });

  CHECK(test.asked("limit=500") == 1);
}

TEST_CASE("LW-13: without bookmarks a silent stream ends at its own deadline") {
  auto timing = quick();
  timing.shortest_watch = 0s;
  timing.stream_grace = 40ms;
  timing.silence_limit = 1ms;
  Following test({.resource = kServiceAccounts}, timing);
  test.start_synced();
  const auto begun = async::Clock::now();

  test.wait_for([&] { return test.asked("watch=true") >= 2; });

  CHECK(async::Clock::now() - begun >= 30ms);
  CHECK_FALSE(test.reflector.is_stuck(async::Clock::now()));
}

TEST_CASE("an event that cannot be read leads to a list, not to a wrong store") {
  Following test;
  test.server.put(kAccounts, account("a"));
  test.start_synced();

  test.server.send_raw(R"({"type":"MODIFIED","object":{"metadata":{"name":""}}})");
  test.wait_for([&] { return test.asked("GET") == 4; });

  CHECK(test.server.asked[2].find("resourceVersionMatch=NotOlderThan") != std::string::npos);
  CHECK(test.server.asked[2].find("limit") == std::string::npos);
  CHECK(test.store.size() == 1);
}

TEST_CASE("an event of an unknown type is skipped") {
  Following test;
  test.start_synced();
  test.server.send_raw(R"({"type":"COMET","object":{}})");
  test.server.put(kAccounts, account("a"));
  test.wait_for([&] { return test.store.size() == 1; });
  CHECK(test.asked("GET") == 2);
}

TEST_CASE("SEC-2: a field selector goes with list and watch, and only its objects are kept") {
  Following test({.resource = kServiceAccounts, .field_selector = "metadata.name=a"});
  test.server.put(kAccounts, account("a"));
  test.server.put(kAccounts, account("b"));
  test.start_synced();
  test.server.put(kAccounts, account("a", "s", "other"));
  test.wait_for([&] { return test.store.size() == 2; });

  CHECK(test.asked("fieldSelector=metadata.name%3Da") == 2);
}

TEST_CASE("a new selection unsyncs the store until its own first list") {
  Following test({.resource = kServiceAccounts, .field_selector = "metadata.name=a"});
  test.server.put(kAccounts, account("a"));
  test.server.put(kAccounts, account("b"));
  test.start_synced();

  test.reflector.restart({.resource = kServiceAccounts, .field_selector = "metadata.name=b"});
  CHECK_FALSE(test.reflector.synced());
  CHECK(test.store.size() == 1);
  test.wait_for([&] { return test.reflector.synced(); });

  CHECK(test.store.find({"ns", "b"}));
  CHECK_FALSE(test.store.find({"ns", "a"}));
  CHECK(test.asked("resourceVersion=0") == 2);
}

TEST_CASE("a selection may change again and again, before and while it is listed") {
  Following test({.resource = kServiceAccounts, .field_selector = "metadata.name=a"});
  for (const auto* name : {"a", "b", "c"}) test.server.put(kAccounts, account(name));
  test.reflector.restart({.resource = kServiceAccounts, .field_selector = "metadata.name=b"});
  test.start();
  test.reflector.restart({.resource = kServiceAccounts, .field_selector = "metadata.name=a"});
  test.io.poll();
  test.reflector.restart({.resource = kServiceAccounts, .field_selector = "metadata.name=c"});

  test.wait_for([&] { return test.reflector.synced() && test.server.streams() == 1; });

  CHECK(test.store.size() == 1);
  CHECK(test.store.find({"ns", "c"}));
}

TEST_CASE("a reflector stops when it is cancelled, wherever it is") {
  for (int turns = 0; turns < 25; ++turns) {
    Following test;
    test.server.put(kAccounts, account("a"));
    test.start();
    for (int i = 0; i < turns; ++i) test.io.poll_one();
    test.tasks.stop();
    CHECK(test.tasks.group.size() == 0);
  }
}

TEST_CASE("LW-20: Namespaces are followed as metadata") {
  Fixture test;
  test.client.note_no_streamed_lists();
  Store<NamespaceInfo> store;
  Reflector<NamespaceInfo> reflector(test.client, test.metrics, store,
                                     {.resource = kNamespaces, .representation = Representation::MetadataOnly},
                                     quick());
  Tasks tasks(test.io);
  test.server.put("/api/v1/namespaces", R"({"metadata":{"name":"shop","labels":{"team":"a"}}})");

  tasks.group.spawn("reflector", reflector.run());
  test.wait_for([&] { return store.synced(); });

  CHECK(store.find({"", "shop"})->labels == TextMap{{"team", "a"}});
  CHECK(test.server.requests[0].headers.get("Accept").find("as=PartialObjectMetadataList") != std::string::npos);
}

TEST_CASE("errors and lists are counted") {
  Following test;
  test.start_synced();
  test.server.send_error_event(410, "Expired");
  test.wait_for([&] { return test.asked("watch=true") == 2; });

  const auto text = test.metrics.render();
  CHECK(text.find(R"(acr_watch_lists_total{resource="serviceaccounts"} 2)") != std::string::npos);
  CHECK(text.find(R"(acr_watch_errors_total{kind="expired",resource="serviceaccounts"} 1)") != std::string::npos);
}

}  // namespace acr::kube::test
