// SPDX-License-Identifier: Apache-2.0
// LW-8: lists as the beginning of a watch, and what becomes of them where the server has none or they go wrong.
#include <catch2/catch.hpp>

#include "tests/component/kube/following.hpp"

namespace acr::kube::test {

using namespace std::chrono_literals;

namespace {

struct Streaming : Following {
  explicit Streaming(WatchTiming timing = quick())
      : Following({.resource = kServiceAccounts}, timing, Lists::Streamed) {}

  [[nodiscard]] std::size_t streamed() const { return asked("sendInitialEvents=true"); }
  /// The first streamed list is answered so instead.
  void answer_list(http::Response response) {
    server.before = [this, response](const http::Request& request) -> std::optional<Result<http::Response>> {
      if (request.target.find("sendInitialEvents") == std::string::npos || streamed() > 1) return std::nullopt;
      return response;
    };
  }
};

std::string event(const std::string& type, const std::string& name, const std::string& version) {
  return R"({"type":")" + type + R"(","object":{"metadata":{"namespace":"ns","name":")" + name +
         R"(","resourceVersion":")" + version + R"("}}})";
}

const std::string kEnd =
    R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"90","annotations":{"k8s.io/initial-events-end":"true"}}}})";

}  // namespace

TEST_CASE("LW-8: a list is the beginning of its watch: one request for both") {
  Streaming test;
  test.server.put(kAccounts, account("a"));
  test.server.put(kAccounts, account("b"));
  test.start_synced();
  CHECK(test.store.size() == 2);

  test.server.put(kAccounts, account("c"));
  test.server.erase(kAccounts, "ns", "a");
  test.wait_for([&] { return test.store.size() == 2 && test.store.find({"ns", "c"}); });

  REQUIRE(test.server.asked.size() == 1);
  CHECK(
      test.server.asked[0].starts_with("GET /api/v1/serviceaccounts?sendInitialEvents=true"
                                       "&resourceVersionMatch=NotOlderThan&watch=true&allowWatchBookmarks=true"
                                       "&resourceVersion=0&timeoutSeconds="));
  CHECK(test.metrics.render().find(R"(acr_watch_lists_total{resource="serviceaccounts"} 1)") != std::string::npos);
}

TEST_CASE("LW-8: the watch resumes from the version of the bookmark, not of the objects") {
  Streaming test;
  test.server.put(kAccounts, account("a"));
  const auto version = test.server.put("/api/v1/configmaps", R"({"metadata":{"name":"x"}})");
  test.start_synced();

  test.server.end_streams();
  test.wait_for([&] { return test.server.asked.size() == 2; });

  CHECK(test.server.asked[1].find("&resourceVersion=" + version + "&") != std::string::npos);
  CHECK(test.streamed() == 1);
}

TEST_CASE("LW-8: nothing of a streamed list is seen before its end") {
  Streaming test;
  test.server.ends_streamed_lists = false;
  test.server.put(kAccounts, account("a"));
  test.start();
  test.wait_for([&] { return test.reflector.last_activity().has_value(); });
  test.server.send_bookmarks();
  test.server.put(kAccounts, account("b"));
  fakes::run_ready(test.io);
  CHECK_FALSE(test.store.synced());
  CHECK(test.store.size() == 0);

  test.server.send_raw(kEnd);
  test.wait_for([&] { return test.store.synced(); });

  CHECK(test.store.size() == 2);
}

TEST_CASE("LW-8: what changes or vanishes while a list is on its way is so at its end") {
  Streaming test;
  test.answer_list({.body = event("ADDED", "a", "70") + event("ADDED", "b", "3") + event("ADDED", "c", "5") +
                            event("MODIFIED", "b", "80") + event("DELETED", "a", "81") + event("COMET", "x", "1") +
                            kEnd});
  std::vector<ObjectKey> told;
  test.store.on_change([&](const ObjectKey& key) { told.push_back(key); });
  test.start();
  test.wait_for([&] { return test.store.synced(); });

  CHECK(told == std::vector<ObjectKey>{{"ns", "b"}, {"ns", "c"}});
  CHECK(test.store.find({"ns", "b"})->resource_version == "80");
}

TEST_CASE("LW-8: a server that refuses streamed lists is asked once, by whichever reflector") {
  const auto status = GENERATE(400U, 422U);
  Streaming test;
  test.server.put(kAccounts, account("a"));
  test.answer_list(fakes::status_response(status, status == 400 ? "BadRequest" : "Invalid"));
  Store<NamespaceInfo> namespaces;
  Reflector<NamespaceInfo> other(test.client, test.metrics, namespaces, {.resource = kNamespaces}, quick());
  Tasks others(test.io);  // they must not outlive the reflector
  test.start_synced();
  others.group.spawn("other", other.run());
  test.wait_for([&] { return namespaces.synced(); });
  test.server.send_error_event(410, "Expired");
  test.wait_for([&] { return test.server.streams() == 2; });

  CHECK(test.store.size() == 1);
  CHECK(test.streamed() == 1);
  CHECK(test.metrics.render().find("acr_watch_errors_total{kind=\"invalid\"") == std::string::npos);
}

TEST_CASE("LW-8: a streamed list that goes wrong counts for nothing, and the next one comes in pages") {
  struct Row {
    std::string name;
    http::Response answer;
  };
  const std::vector<Row> rows{
      {"ended before its end", {.body = event("ADDED", "ghost", "1")}},
      {"cut in the middle of an event", {.body = event("ADDED", "ghost", "1").substr(0, 30)}},
      {"an event that cannot be read", {.body = event("ADDED", "ghost", "1") + event("ADDED", "", "1")}},
      {"an end without a version",
       {.body = event("ADDED", "ghost", "1") +
                R"({"type":"BOOKMARK","object":{"metadata":{"annotations":{"k8s.io/initial-events-end":"true"}}}})"}},
      {"410 as an event", {.body = R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})"}},
      {"410 as an answer", fakes::status_response(410, "Expired")},
      {"429 as an answer", {.status = 429, .body = "Too many requests, please try again later."}},
      {"a version that is too large", fakes::status_response(504, "Timeout", "x", "ResourceVersionTooLarge")},
      {"forbidden", fakes::status_response(403, "Forbidden")},
      {"a broken proxy", {.status = 502, .body = "<html>"}},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    Streaming test;
    test.server.put(kAccounts, account("a"));
    test.answer_list(row.answer);
    test.start_synced();

    CHECK(test.store.size() == 1);
    CHECK(test.store.find({"ns", "a"}));
    CHECK(test.asked("limit=500") == 1);
    const auto before = test.streamed();

    // Once a list has worked, streaming is tried again.
    test.server.send_error_event(410, "Expired");
    test.wait_for([&] { return test.streamed() == before + 1 && test.store.synced() && test.server.streams() == 1; });
  }
}

TEST_CASE("LW-8: a streamed list that does not end is left for one in pages") {
  auto timing = quick();
  timing.list_limit = 60ms;
  Streaming test(timing);
  test.server.ends_streamed_lists = false;
  test.server.put(kAccounts, account("a"));

  test.start_synced();

  CHECK(test.store.size() == 1);
  CHECK(test.streamed() == 1);
  CHECK(test.asked("limit=500") == 1);
}

TEST_CASE("a reflector stops when it is cancelled, wherever a streamed list is") {
  for (int turns = 0; turns < 25; ++turns) {
    Streaming test;
    test.server.piece = 7;
    test.server.put(kAccounts, account("a"));
    test.start();
    for (int i = 0; i < turns; ++i) test.io.poll_one();
    test.tasks.stop();
    CHECK(test.tasks.group.size() == 0);
  }
}

}  // namespace acr::kube::test
