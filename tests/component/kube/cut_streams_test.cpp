// SPDX-License-Identifier: Apache-2.0
// TST-1: the bytes of a list and of a watch, cut at every offset, and a peer that falls silent, goes away or ends
// there.
#include <catch2/catch.hpp>

#include "tests/component/kube/following.hpp"

namespace acr::kube::test {

using namespace std::chrono_literals;

namespace {

enum class Fault { Cut, Lost, Ended, Silent };

/// One stream of the server in memory, with a fault after so many bytes.
class FaultyStream final : public http::ResponseStream {
 public:
  FaultyStream(std::unique_ptr<http::ResponseStream> inner, std::size_t at, Fault fault, bool& reached)
      : inner_(std::move(inner)), left_(at), fault_(fault), reached_(reached) {}
  [[nodiscard]] unsigned status() const override { return inner_->status(); }
  [[nodiscard]] const http::Headers& headers() const override { return inner_->headers(); }

  async::awaitable<Result<std::string>> read_some(async::Deadline deadline) override {
    if (left_ == 0 && !std::exchange(reached_, true) && fault_ != Fault::Cut) co_return co_await fail_now(deadline);
    if (pending_.empty()) {
      auto bytes = co_await inner_->read_some(deadline);
      if (!bytes || bytes->empty()) co_return bytes;
      pending_ = std::move(*bytes);
    }
    auto piece = pending_.substr(0, left_ == 0 ? std::string::npos : left_);
    pending_.erase(0, piece.size());
    left_ -= std::min(left_, piece.size());
    co_return piece;
  }

 private:
  async::awaitable<Result<std::string>> fail_now(async::Deadline deadline) {
    if (fault_ == Fault::Lost) co_return fail(ErrorKind::Unavailable, "connection reset");
    if (fault_ == Fault::Ended) co_return std::string();
    co_await async::sleep_until(deadline);
    co_return fail(ErrorKind::Timeout, "no answer within the deadline");
  }

  std::unique_ptr<http::ResponseStream> inner_;
  std::string pending_;
  std::size_t left_;
  Fault fault_;
  bool& reached_;
};

/// The server, of which the `victim`-th stream has a fault.
class FaultyClient final : public http::Client {
 public:
  FaultyClient(http::Client& server, std::size_t victim, std::size_t at, Fault fault)
      : server_(server), victim_(victim), at_(at), fault_(fault) {}

  async::awaitable<Result<http::Response>> fetch(http::Origin origin, http::Request request,
                                                 http::Limits limits) override {
    co_return co_await server_.fetch(std::move(origin), std::move(request), limits);
  }
  async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> open(http::Origin origin, http::Request request,
                                                                       http::Limits limits) override {
    auto stream = co_await server_.open(std::move(origin), std::move(request), limits);
    if (!stream || opened_++ != victim_) co_return stream;
    co_return std::make_unique<FaultyStream>(std::move(*stream), at_, fault_, reached);
  }
  void close_idle() override {}

  bool reached = false;

 private:
  http::Client& server_;
  std::size_t victim_;
  std::size_t at_;
  Fault fault_;
  std::size_t opened_ = 0;
};

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

/// One life of a reflector; false if the stream is shorter than `at` bytes.
bool live(Lists lists, std::size_t victim, std::size_t at, Fault fault) {
  Fixture test;
  FaultyClient http(test.server, victim, at, fault);
  ApiClient client(test.io.get_executor(), test.cluster, http, test.metrics);
  if (lists == Lists::InPages) client.note_no_streamed_lists();
  Store<ServiceAccountInfo> store;
  auto timing = quick();
  timing.backoff = {.first = 0ms, .cap = 0ms};
  if (fault == Fault::Silent) {
    timing.list_limit = timing.silence_limit = 10ms;
    timing.shortest_watch = 0s;
    timing.stream_grace = 10ms;
  }
  Reflector<ServiceAccountInfo> reflector(client, test.metrics, store, {.resource = kServiceAccounts}, timing);
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
  return http.reached;
}

void live_at_every_offset(Lists lists, std::size_t victim, Fault fault, std::size_t step) {
  std::size_t at = 0;
  for (bool within = true; within; at += step) {
    CAPTURE(at);
    within = live(lists, victim, at, fault);
  }
  CHECK(at > 300);
}

}  // namespace

TEST_CASE("TST-1: a list in pages, its watch and a streamed list survive any fault at any byte") {
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
    for (const auto fault : {Fault::Cut, Fault::Lost, Fault::Ended})
      live_at_every_offset(row.lists, row.victim, fault, 1);
    live_at_every_offset(row.lists, row.victim, Fault::Silent, 17);
  }
}

}  // namespace acr::kube::test
