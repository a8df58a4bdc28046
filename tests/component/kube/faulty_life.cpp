// SPDX-License-Identifier: Apache-2.0
#include "tests/component/kube/faulty_life.hpp"

namespace acr::kube::test {

using namespace std::chrono_literals;

namespace {

using Accounts = std::map<std::string, std::string>;  ///< names and the version of each

Accounts on_server(const Fixture& test) {
  Accounts accounts;
  for (const auto& json : test.server.all(kAccounts)) {
    const auto info = parse_text<ServiceAccountInfo>(json);
    accounts[info->key.name] = info->resource_version;
  }
  return accounts;
}

/// Thousands of lives: none waits for more than its own next step.
void turn_until(boost::asio::io_context& io, const std::function<bool()>& condition) {
  const auto end = async::deadline_in(10s);
  while (!condition()) {
    io.restart();
    io.run_one_until(end);
    REQUIRE(async::Clock::now() < end);
  }
}

WatchTiming timing_for(Fault fault) {
  auto timing = quick();
  timing.backoff = {.first = 0ms, .cap = 0ms};
  if (fault == Fault::Silent) {
    timing.list_limit = timing.silence_limit = 10ms;
    timing.shortest_watch = 0s;
    timing.stream_grace = 10ms;
  }
  return timing;
}

}  // namespace

void live(Fixture& test, Cluster& cluster, http::Client& http, Lists lists, Fault fault) {
  ApiClient client(test.io.get_executor(), cluster, http, test.metrics);
  if (lists == Lists::InPages) client.note_no_streamed_lists();
  Store<ServiceAccountInfo> store;
  Reflector<ServiceAccountInfo> reflector(client, test.metrics, store, {.resource = kServiceAccounts},
                                          timing_for(fault));
  Tasks tasks(test.io);
  const auto equal = [&] {
    Accounts accounts;
    for (const auto& [key, info] : store.all()) accounts[key.name] = info->resource_version;
    return store.synced() && accounts == on_server(test);
  };
  // What is seen at any moment was on the server at some moment, whole.
  Accounts seen;
  store.on_change([&](const ObjectKey& key) {
    const auto info = store.find(key);
    if (info) seen[key.name] = info->image_pull_secrets.at(0);
  });
  test.server.put(kAccounts, account("a", "one"));
  test.server.put(kAccounts, account("b", "one"));

  tasks.group.spawn("reflector", reflector.run());
  turn_until(test.io, equal);
  test.server.put(kAccounts, account("c", "two"));
  test.server.erase(kAccounts, "ns", "a");
  test.server.send_bookmarks();
  test.server.put(kAccounts, account("b", "two"));
  turn_until(test.io, equal);

  CHECK(seen == Accounts{{"a", "one"}, {"b", "two"}, {"c", "two"}});
}

void live_through_everything(const OneLife& one_life, std::size_t silent_step) {
  struct Row {
    std::string name;
    Lists lists;
    std::size_t victim;
  };
  const std::vector<Row> rows{{"list in pages", Lists::InPages, 0},
                              {"watch", Lists::InPages, 1},
                              {"streamed list and its watch", Lists::Streamed, 0}};
  for (const auto& row : rows) {
    INFO(row.name);
    for (const auto fault : {Fault::Cut, Fault::Lost, Fault::Ended, Fault::Silent}) {
      std::size_t at = 0;
      for (bool within = true; within; at += fault == Fault::Silent ? silent_step : 1) {
        CAPTURE(at);
        within = one_life(row.lists, row.victim, at, fault);
      }
      CHECK(at > 300);
    }
  }
}

}  // namespace acr::kube::test
