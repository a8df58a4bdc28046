// SPDX-License-Identifier: Apache-2.0
#include "common/async/keyed_queue.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <string>

using namespace acr::async;
using namespace std::chrono_literals;

namespace {

using Queue = KeyedQueue<std::string>;
constexpr BackoffPolicy kPolicy{.first = 100ms, .cap = 10s};
constexpr Deadline kNow{};

std::optional<std::string> none() {
  return std::nullopt;
}

}  // namespace

TEST_CASE("keys come in the order in which they are due, each once (WR-7)") {
  Queue queue(kPolicy);
  queue.add("late", kNow + 2s);
  queue.add("early", kNow + 1s);
  queue.add("early", kNow + 1s);

  CHECK(queue.next_due() == kNow + 1s);
  CHECK(queue.take(kNow) == none());
  CHECK(queue.take(kNow + 2s) == "early");
  CHECK(queue.take(kNow + 2s) == "late");
  CHECK(queue.take(kNow + 9s) == none());
}

TEST_CASE("of several requests for one key the earliest moment wins") {
  Queue queue(kPolicy);
  queue.add("a", kNow + 5s);
  queue.add("a", kNow + 1s);
  queue.add("a", kNow + 9s);

  CHECK(queue.next_due() == kNow + 1s);
  CHECK(queue.take(kNow + 1s) == "a");
  CHECK(queue.ready(kNow + 9s) == 0);
}

TEST_CASE("the more urgent key goes before others that were due earlier, and a request may become urgent") {
  Queue queue(kPolicy);
  queue.add("refresh", kNow, Priority::Refresh);
  queue.add("old", kNow);
  queue.add("raised", kNow + 1s);
  queue.add("namespace", kNow + 2s, Priority::NewNamespace);
  queue.add("account", kNow + 2s, Priority::NewServiceAccount);
  queue.add("raised", kNow + 2s, Priority::NewServiceAccount);

  CHECK(queue.next_due() == kNow);
  for (const auto* next : {"raised", "account", "namespace", "refresh", "old"}) {
    REQUIRE(queue.take(kNow + 3s) == next);
  }
  CHECK(queue.priority("raised") == Priority::NewServiceAccount);
  CHECK(queue.priority("old") == Priority::Backfill);
}

TEST_CASE("an urgent key that is not due yet holds nobody back") {
  Queue queue(kPolicy);
  queue.add("paused", kNow + 5s, Priority::NewServiceAccount);
  queue.add("old", kNow);

  CHECK(queue.next_due() == kNow);
  CHECK(queue.take(kNow) == "old");
  CHECK(queue.next_due() == kNow + 5s);
  CHECK(queue.take(kNow) == none());
}

TEST_CASE("requests for one key make it as urgent and as early as any of them") {
  Queue queue(kPolicy);
  queue.add("b", kNow + 5s, Priority::NewNamespace);
  queue.add("b", kNow);
  queue.add("a", kNow - 1s);

  CHECK(queue.take(kNow) == "b");
  CHECK(queue.priority("b") == Priority::NewNamespace);
}

TEST_CASE("an endless stream of urgent keys slows the others down and does not stop them") {
  Queue queue(kPolicy);
  queue.add("a", kNow);
  queue.add("b", kNow, Priority::Refresh);
  auto now = kNow;
  int urgent = 0;
  int others = 0;
  while (others < 2 && urgent < 1000) {
    now += 1ms;
    queue.add("urgent", now, Priority::NewServiceAccount);
    const auto key = queue.take(now);
    REQUIRE(key);
    ++(key == "urgent" ? urgent : others);
    queue.done(*key);
  }
  CHECK(others == 2);
  CHECK(urgent == 2 * (static_cast<int>(Queue::kOldestEach) - 1));
}

TEST_CASE("a failed key comes back as urgent as it was") {
  Queue queue(kPolicy);
  queue.add("a", kNow, Priority::NewServiceAccount);
  REQUIRE(queue.take(kNow) == "a");
  queue.failed("a", kNow, 0.5);

  REQUIRE(queue.take(kNow + 1s) == "a");
  CHECK(queue.priority("a") == Priority::NewServiceAccount);
}

TEST_CASE("a key in process is given to nobody else, and a request meanwhile counts after done") {
  Queue queue(kPolicy);
  queue.add("a", kNow);
  REQUIRE(queue.take(kNow) == "a");

  queue.add("a", kNow + 1s);
  queue.add("a", kNow);
  CHECK(queue.take(kNow + 9s) == none());
  CHECK_FALSE(queue.idle());

  queue.done("a");
  CHECK(queue.take(kNow) == "a");
  queue.done("a");
  CHECK(queue.idle());
}

TEST_CASE("failures pause longer and longer until one success") {
  Queue queue(kPolicy);
  queue.add("a", kNow);
  for (const auto pause : {100ms, 200ms, 400ms}) {
    REQUIRE(queue.take(Deadline::max()) == "a");
    CHECK(queue.failed("a", kNow, 0.5) == pause);
    CHECK(queue.next_due() == kNow + pause);
  }
  CHECK(queue.failures("a") == 3);

  REQUIRE(queue.take(Deadline::max()) == "a");
  queue.done("a");
  CHECK(queue.failures("a") == 0);
}

TEST_CASE("a pause asked for by the peer is kept, unless ours is longer") {
  Queue queue(kPolicy);
  queue.add("a", kNow);
  REQUIRE(queue.take(kNow) == "a");

  CHECK(queue.failed("a", kNow, 0.5, 7s) == 7s);
  REQUIRE(queue.take(Deadline::max()) == "a");
  CHECK(queue.failed("a", kNow, 0.5, 1ms) == 200ms);
}

TEST_CASE("a request made while the work failed is not delayed by the failure") {
  Queue queue(kPolicy);
  queue.add("a", kNow);
  REQUIRE(queue.take(kNow) == "a");
  queue.add("a", kNow + 1ms);

  queue.failed("a", kNow, 0.5);

  CHECK(queue.next_due() == kNow + 1ms);
}

TEST_CASE("ready are the keys that are due, of both urgencies, and not those in process or of later") {
  Queue queue(kPolicy);
  queue.add("b", kNow);
  queue.add("a", kNow);
  queue.add("urgent", kNow, Priority::NewNamespace);
  queue.add("later", kNow + 1s);

  CHECK(queue.ready(kNow) == 3);
  REQUIRE(queue.take(kNow) == "urgent");
  queue.add("urgent", kNow);
  CHECK(queue.ready(kNow) == 2);
  queue.done("urgent");
  CHECK(queue.ready(kNow) == 3);
  CHECK(queue.ready(kNow + 1s) == 4);
}

TEST_CASE("a forgotten key does not come back, with its failures") {
  Queue queue(kPolicy);
  queue.add("a", kNow);
  queue.add("b", kNow);
  REQUIRE(queue.take(kNow) == "a");
  queue.add("a", kNow);

  queue.forget("a");
  queue.forget("b");
  queue.done("a");

  CHECK(queue.take(Deadline::max()) == none());
  CHECK(queue.idle());
}

TEST_CASE("over any sequence of calls no request is lost and no key is worked on twice at once") {
  std::mt19937 random(4711);
  for (int round = 0; round < 200; ++round) {
    KeyedQueue<int> queue(kPolicy);
    std::set<int> wanted;      // requested, and not taken since
    std::set<int> in_process;  // taken, and neither done nor failed
    auto now = kNow;
    for (int i = 0; i < 200; ++i) {
      now += 1ms;
      const int key = static_cast<int>(random() % 5);
      switch (random() % 4) {
        case 0:
          queue.add(key, now + std::chrono::milliseconds(random() % 20), static_cast<Priority>(random() % kPriorities));
          wanted.insert(key);
          break;
        case 1:
          if (const auto taken = queue.take(now)) {
            REQUIRE(in_process.insert(*taken).second);
            REQUIRE(wanted.erase(*taken) == 1);
          }
          break;
        case 2:
          if (in_process.erase(key) == 1) queue.done(key);
          break;
        default:
          if (in_process.erase(key) == 1) {
            queue.failed(key, now, 0.5);
            wanted.insert(key);
          }
      }
      const auto waiting = std::ranges::count_if(wanted, [&](int one) { return !in_process.contains(one); });
      REQUIRE(queue.ready(Deadline::max()) == static_cast<std::size_t>(waiting));
    }
    for (const int key : in_process) queue.done(key);
    while (const auto taken = queue.take(Deadline::max())) {
      REQUIRE(wanted.erase(*taken) == 1);
      queue.done(*taken);
    }
    REQUIRE(wanted.empty());
    REQUIRE(queue.idle());
  }
}
