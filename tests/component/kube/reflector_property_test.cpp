// SPDX-License-Identifier: Apache-2.0
// TST-2: whatever happens between server and reflector, in any order, in the end both hold the same. As many orders as
// ACR_REFLECTOR_SEEDS says (default 150); a failure prints its seed.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "common/kube/reflector.hpp"
#include "tests/component/kube/fixture.hpp"

namespace acr::kube::test {
namespace {

using namespace std::chrono_literals;

const std::string kAccounts = "/api/v1/serviceaccounts";

/// What a test run does, drawn from one seed.
class Chaos {
 public:
  Chaos(Fixture& test, unsigned seed) : test_(test), random_(seed) {
    test_.server.piece = draw(9);
    test_.server.page_limit = 1 + draw(3);
    test_.server.streams_lists = draw(3) > 0;
    test_.server.before = [this](const http::Request& request) { return refuse(request); };
  }

  async::awaitable<void> play(int steps) {
    for (int i = 0; i < steps; ++i) {
      act();
      if (draw(3) == 0) co_await async::sleep_for(std::chrono::microseconds{draw(1500)});
    }
  }
  void calm() {
    test_.server.before = {};
    refusals_ = 0;
  }

 private:
  unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }

  void act() {
    const std::string name(1, static_cast<char>('a' + draw(6)));
    const std::string space = draw(2) == 0 ? "n1" : "n2";
    auto& server = test_.server;
    switch (draw(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        server.put(kAccounts, R"({"metadata":{"name":")" + name + R"(","namespace":")" + space +
                                  R"("},"imagePullSecrets":[{"name":"s)" + std::to_string(draw(100)) + R"("}]})");
        break;
      case 4:
      case 5:
        server.erase(kAccounts, space, name);
        break;
      case 6:
        server.send_bookmarks();
        break;
      case 7:
        server.end_streams();
        break;
      case 8:
        server.end_streams(Error{.message = "connection reset"});
        break;
      case 9:
        server.compact();
        break;
      case 10:
        server.send_error_event(410, "Expired");
        break;
      case 11:
        server.send_error_event(draw(2) == 0 ? 429 : 500, draw(2) == 0 ? "TooManyRequests" : "InternalError");
        break;
      case 12:
        refusals_ += static_cast<int>(draw(3));
        break;
      case 13:
        server.send_raw(draw(2) == 0 ? "garbage" : R"({"type":"ADDED"})");
        break;
      default:
        break;
    }
  }

  std::optional<Result<http::Response>> refuse(const http::Request&) {
    if (refusals_ <= 0) return std::nullopt;
    --refusals_;
    switch (draw(5)) {
      case 0:
        return fail(ErrorKind::Unavailable, "connection refused");
      case 1:
        return fakes::status_response(429, "TooManyRequests");
      case 2:
        return fakes::status_response(410, "Expired");
      case 3:
        return fakes::status_response(504, "Timeout", "x", "ResourceVersionTooLarge");
      default:
        return http::Response{.status = 503, .body = "<html>"};
    }
  }

  Fixture& test_;
  std::mt19937 random_;
  int refusals_ = 0;
};

using Accounts = std::map<ObjectKey, ServiceAccountInfo>;

Accounts on_server(const Fixture& test) {
  Accounts accounts;
  for (const auto& json : test.server.all(kAccounts)) {
    auto account = parse_text<ServiceAccountInfo>(json);
    REQUIRE(account);
    accounts.emplace(account->key, *account);
  }
  return accounts;
}

Accounts in_store(const Store<ServiceAccountInfo>& store) {
  Accounts accounts;
  for (const auto& [key, account] : store.all()) accounts.emplace(key, *account);
  return accounts;
}

void play_once(unsigned seed) {
  Fixture test;
  Store<ServiceAccountInfo> store;
  // What somebody knows who only listens to the store's callbacks.
  Accounts heard;
  store.on_change([&](const ObjectKey& key) {
    heard.erase(key);
    if (const auto account = store.find(key)) heard.emplace(key, *account);
  });
  const WatchTiming timing{.list_limit = 5s, .open_limit = 5s, .backoff = {.first = 1ms, .cap = 2ms}};
  Reflector<ServiceAccountInfo> reflector(test.client, test.metrics, store, {.resource = kServiceAccounts}, timing);
  Chaos chaos(test, seed);
  Tasks tasks(test.io);
  tasks.group.spawn("reflector", reflector.run());

  fakes::run(test.io, chaos.play(60));
  chaos.calm();
  test.wait_for([&] { return store.synced() && in_store(store) == on_server(test); });

  INFO("seed " << seed);
  CHECK(heard == on_server(test));
}

unsigned seeds() {
  const char* asked = std::getenv("ACR_REFLECTOR_SEEDS");
  return asked == nullptr ? 150U : static_cast<unsigned>(std::strtoul(asked, nullptr, 10));
}

}  // namespace

TEST_CASE("TST-2: any interleaving of list, watch, drop, 410 and resume leaves store and server equal") {
  for (unsigned seed = 1, last = seeds(); seed <= last; ++seed) {
    CAPTURE(seed);
    REQUIRE_NOTHROW(play_once(seed));
  }
}

}  // namespace acr::kube::test
