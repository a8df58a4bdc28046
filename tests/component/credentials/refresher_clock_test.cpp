// SPDX-License-Identifier: Apache-2.0
// A node whose clock is wrong still asks the cloud, which knows better.
#include "tests/component/credentials/refresher_test.hpp"

namespace acr::credentials {
namespace {

using std::chrono::hours;

struct ClockTest : RefresherTest {
  ClockTest() {
    cloud.answer = [this](const FakeCloud::Call& call) { return at_its_time(call); };
  }
  [[nodiscard]] static RegistryLogin stored(minutes left) {
    return {.instance_id = "cri-a",
            .region_id = "cn-hangzhou",
            .hosts = {"stored.example.test"},
            .username = "u",
            .password = Secret("p"),
            .issued = now() + left - hours(1),
            .expires = now() + left,
            .instance_key = "cri-a@cn-hangzhou"};
  }
};

TEST_CASE_METHOD(ClockTest, "D-04 a clock ahead by more than every credential lives costs one refused call",
                 "[refresher]") {
  node_ahead = hours(8);
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  CHECK(failed.empty());
  CHECK(cloud.calls.size() == 3);
  CHECK(source.fetches == 1);
}

TEST_CASE_METHOD(ClockTest, "D-04 a stored login that has ended by the node's clock alone is not given up",
                 "[refresher]") {
  node_ahead = hours(8);
  const auto left = GENERATE(minutes(50), minutes(10), minutes(-10));
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->restore({stored(left)});
  CHECK(refresher->is_in_doubt());
  CHECK(refresher->logins().empty());
  REQUIRE(refresher->kept_logins().size() == 1);
  refresher->start();
  REQUIRE(until([&] { return obtained.size() == 1; }));
  CHECK_FALSE(refresher->is_in_doubt());
  CHECK(refresher->logins().size() == 1);
  CHECK(failed.empty());
  CHECK(expired.size() == (left > minutes(0) ? 0 : 1));
}

TEST_CASE_METHOD(ClockTest, "E-16 once the cloud has told its time, what has ended by it goes", "[refresher]") {
  node_ahead = hours(8);
  cloud.answer = [this](const FakeCloud::Call& call) {
    auto answer = at_its_time(call);
    if ((*answer)->status == 200) (*answer)->status = 503;
    return answer;
  };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->restore({stored(minutes(-10))});
  refresher->start();
  CHECK(until([&] { return expired.size() == 1; }));
  CHECK(refresher->kept_logins().empty());
}

TEST_CASE_METHOD(ClockTest, "under a time that another one has told nothing stored is asked for again", "[refresher]") {
  node_ahead = GENERATE(hours(8), hours(-8));
  openapi.clock().assume(now(), {});
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->restore({stored(minutes(50))});
  CHECK_FALSE(refresher->is_in_doubt());
  refresher->start();
  settle(milliseconds(50));
  CHECK(refresher->logins().size() == 1);
  CHECK(cloud.calls.empty());
}

TEST_CASE_METHOD(ClockTest, "who waits in line when the clock is corrected does not wait for the node's clock",
                 "[refresher]") {
  node_ahead = GENERATE(minutes(20), hours(8), minutes(-20));
  alibaba::OpenApi frugal{
      cloud,
      metrics,
      {.own_region_id = "cn-hangzhou", .budget = {.calls_per_second = 50, .burst = 4}, .clock = node_clock}};
  RefresherCallbacks callbacks;
  callbacks.on_login = [this](const RegistryLogin& login) { obtained.push_back(login.instance_key); };
  refresher = std::make_unique<Refresher>(io.get_executor(), frugal, source, SecretReader(), metrics,
                                          std::move(callbacks), options);
  std::vector<config::RegistryInstance> items;
  for (int i = 0; i < 25; ++i) items.push_back(enterprise("cri-" + std::to_string(i)));
  refresher->apply(items, minutes(15));
  refresher->start();
  CHECK(until([&] { return obtained.size() == 25; }));
  fakes::run(io, refresher->stop());
  refresher.reset();
}

}  // namespace
}  // namespace acr::credentials
