// SPDX-License-Identifier: Apache-2.0
// Processes that compete for one Lease. Times are a fifteenth of the product's.
#include "common/kube/leader_elector.hpp"

#include <catch2/catch.hpp>

#include "tests/component/kube/fixture.hpp"

namespace acr::kube::test {
namespace {

using namespace std::chrono_literals;
using Clock = async::Clock;

const std::string kLeasePath = "/apis/coordination.k8s.io/v1/leases";
const ObjectKey kLease{"kube-system", "acr"};
const LeaseTiming kQuick{.duration = 1s, .renew_deadline = 500ms, .retry_period = 100ms, .candidate_period = 50ms};

/// A process's own connection to the server.
class Wire final : public http::Client {
 public:
  explicit Wire(fakes::ApiServer& server) : server_(server) {}
  async::awaitable<Result<http::Response>> fetch(http::Origin origin, http::Request request,
                                                 http::Limits limits) override {
    if (hangs) {
      co_await async::sleep_until(limits.deadline);
      co_return fail(ErrorKind::Timeout, "no answer within the deadline");
    }
    if (cut_off) co_return fail(ErrorKind::Unavailable, "connection refused");
    auto response = co_await server_.fetch(origin, request, limits);
    if (loses_answers && request.method != "GET") co_return fail(ErrorKind::Unavailable, "connection reset");
    co_return response;
  }
  async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> open(http::Origin, http::Request,
                                                                       http::Limits) override {
    co_return fail(ErrorKind::Unavailable, "not here");
  }
  void close_idle() override {}

  bool cut_off = false;
  bool hangs = false;
  bool loses_answers = false;

 private:
  fakes::ApiServer& server_;
};

struct Process {
  Process(Fixture& shared, const std::string& name)
      : wire(shared.server),
        client(shared.io.get_executor(), shared.cluster, wire, metrics),
        elector(client, metrics, options(name)),
        tasks(shared.io) {}

  LeaderElector::Options options(const std::string& name) {
    return {.lease = kLease,
            .identity = name,
            .timing = kQuick,
            .boot_now = [this] { return boot_time() + suspended; },
            .on_started = [this] { ++started; },
            .on_stopped = [this] { ++stopped; }};
  }
  void start() { tasks.group.spawn("elector", elector.run()); }

  BootTime suspended{};
  int started = 0;
  int stopped = 0;
  Metrics metrics{"test"};
  Wire wire;
  ApiClient client;
  LeaderElector elector;
  Tasks tasks;
};

LeaseRecord on_server(const Fixture& test) {
  const auto document = parse_json(test.server.find(kLeasePath, kLease.namespace_, kLease.name));
  REQUIRE(document);
  return *parse_lease(*document);
}

void write_by_hand(Fixture& test, const LeaseRecord& record) {
  test.server.put(kLeasePath, build_lease_body(kLease, record));
}

}  // namespace

TEST_CASE("3.1: where there is no Lease the first to come makes it and leads") {
  Fixture test;
  Process one(test, "one");
  one.start();
  test.wait_for([&] { return one.elector.is_leader(); });

  CHECK(one.started == 1);
  CHECK(on_server(test).holder == "one");
  CHECK(on_server(test).duration == 1s);
  CHECK(one.metrics.render().find("leader_election_master_status{name=\"acr\"} 1\n") != std::string::npos);
}

TEST_CASE("3.5: a leader renews, and nobody else leads meanwhile") {
  Fixture test;
  Process one(test, "one");
  Process two(test, "two");
  one.start();
  test.wait_for([&] { return one.elector.is_leader(); });
  two.start();
  const auto end = Clock::now() + 1500ms;  // longer than the lease
  test.wait_for([&] {
    CHECK(one.elector.is_leader());
    CHECK_FALSE(two.elector.is_leader());
    return Clock::now() > end;
  });

  CHECK(two.elector.holder() == "one");
  CHECK(on_server(test).transitions == 0);
  CHECK(one.stopped == 0);
}

TEST_CASE("3.6: a released lease is taken over at once") {
  Fixture test;
  Process one(test, "one");
  Process two(test, "two");
  one.start();
  test.wait_for([&] { return one.elector.is_leader(); });
  two.start();
  test.wait_for([&] { return two.elector.holder() == "one"; });

  const auto begun = Clock::now();
  fakes::run(test.io, one.elector.release());
  CHECK_FALSE(one.elector.is_leader());
  CHECK(one.stopped == 1);
  test.wait_for([&] { return two.elector.is_leader(); });

  CHECK(Clock::now() - begun < 2 * kQuick.candidate_period + 200ms);
  CHECK(on_server(test).holder == "two");
  CHECK(on_server(test).transitions == 1);
  test.wait_for([&] { return one.tasks.group.size() == 0; });
}

TEST_CASE("3.3: a process that dies is respected for its lease and not much longer") {
  Fixture test;
  Process one(test, "one");
  Process two(test, "two");
  one.start();
  test.wait_for([&] { return one.elector.is_leader(); });
  two.start();
  test.wait_for([&] { return two.elector.holder() == "one"; });

  one.tasks.stop();
  const auto begun = Clock::now();
  test.wait_for([&] { return two.elector.is_leader(); });

  const auto waited = Clock::now() - begun;
  CHECK(waited > kQuick.duration - 2 * kQuick.retry_period);
  CHECK(waited < kQuick.duration + 300ms);
}

TEST_CASE("a leader that cannot reach the server gives up in time, stays a candidate and may lead again") {
  for (const bool hangs : {false, true}) {
    CAPTURE(hangs);
    Fixture test;
    Process one(test, "one");
    one.start();
    test.wait_for([&] { return one.elector.is_leader(); });

    (hangs ? one.wire.hangs : one.wire.cut_off) = true;
    const auto begun = Clock::now();
    test.wait_for([&] { return one.stopped == 1; });

    CHECK_FALSE(one.elector.is_leader());
    CHECK(Clock::now() - begun < kQuick.renew_deadline + kQuick.retry_period + 100ms);
    one.wire.hangs = one.wire.cut_off = false;
    test.wait_for([&] { return one.elector.is_leader(); });
    CHECK(one.started == 2);
  }
}

TEST_CASE("while one is cut off, the other leads only after the first has stopped") {
  Fixture test;
  Process one(test, "one");
  Process two(test, "two");
  one.start();
  test.wait_for([&] { return one.elector.is_leader(); });
  two.start();
  test.wait_for([&] { return two.elector.holder() == "one"; });

  one.wire.cut_off = true;
  test.wait_for([&] {
    CHECK_FALSE((one.elector.is_leader() && two.elector.is_leader()));
    return two.elector.is_leader();
  });
  CHECK(one.stopped == 1);
  one.wire.cut_off = false;
  test.wait_for([&] { return one.elector.holder() == "two"; });
  CHECK(one.started == 1);
}

TEST_CASE("LE-3: after a suspend a leader no longer believes in its lease, before its loop has had a turn") {
  Fixture test;
  Process one(test, "one");
  one.start();
  test.wait_for([&] { return one.elector.is_leader(); });

  one.suspended = 60s;

  CHECK_FALSE(one.elector.is_leader());
  test.wait_for([&] { return one.elector.is_leader(); });
}

TEST_CASE("a leader whose Lease was taken by somebody else stops at once") {
  Fixture test;
  Process one(test, "one");
  one.start();
  test.wait_for([&] { return one.elector.is_leader(); });

  write_by_hand(test, {.holder = "cleanup", .duration = 60s});
  test.wait_for([&] { return one.stopped == 1; });

  CHECK(one.elector.holder() == "cleanup");
  CHECK(on_server(test).holder == "cleanup");
}

TEST_CASE("a leader survives a foreign edit that leaves it the holder, and a Lease that was deleted") {
  Fixture test;
  Process one(test, "one");
  one.start();
  test.wait_for([&] { return one.elector.is_leader(); });

  write_by_hand(test, {.holder = "one", .duration = 1s});
  const auto version = on_server(test).resource_version;
  test.wait_for([&] { return on_server(test).resource_version != version; });
  test.server.erase(kLeasePath, kLease.namespace_, kLease.name);
  test.wait_for([&] { return !test.server.find(kLeasePath, kLease.namespace_, kLease.name).empty(); });

  CHECK(one.elector.is_leader());
  CHECK(one.stopped == 0);
}

TEST_CASE("a write whose answer was lost is found by the next look") {
  Fixture test;
  Process one(test, "one");
  one.wire.loses_answers = true;
  one.start();
  test.wait_for([&] { return one.elector.holder() == "one"; });
  CHECK_FALSE(one.elector.is_leader());

  one.wire.loses_answers = false;
  test.wait_for([&] { return one.elector.is_leader(); });
}

TEST_CASE("of two that take a free lease at the same moment one wins") {
  Fixture test;
  write_by_hand(test, {.holder = "", .duration = 1s});
  Process one(test, "one");
  Process two(test, "two");
  one.start();
  two.start();
  test.wait_for([&] { return one.elector.is_leader() || two.elector.is_leader(); });
  test.wait_for([&] { return !one.elector.holder().empty() && one.elector.holder() == two.elector.holder(); });

  CHECK(one.started + two.started == 1);
}

TEST_CASE("SHD-3: releasing works after the loop was cancelled, also in the middle of a call") {
  Fixture test;
  Process one(test, "one");
  one.start();
  test.wait_for([&] { return one.elector.is_leader(); });
  one.wire.hangs = true;
  const auto asked = test.server.asked.size();
  fakes::run(test.io, async::sleep_for(2 * kQuick.retry_period));
  CHECK(test.server.asked.size() - asked <= 1);

  one.tasks.stop();
  one.wire.hangs = false;
  fakes::run(test.io, one.elector.release());

  CHECK(on_server(test).holder.empty());
  CHECK(on_server(test).duration == 1s);
  CHECK(one.stopped == 1);
}

TEST_CASE("a candidate's release touches nothing") {
  Fixture test;
  write_by_hand(test, {.holder = "other", .duration = 60s});
  Process one(test, "one");
  one.start();
  test.wait_for([&] { return one.elector.holder() == "other"; });

  fakes::run(test.io, one.elector.release());

  CHECK(on_server(test).holder == "other");
  CHECK(one.stopped == 0);
  test.wait_for([&] { return one.tasks.group.size() == 0; });
}

}  // namespace acr::kube::test
