// SPDX-License-Identifier: Apache-2.0
// All instances of one RAM account together burden the cloud no more than its budget says.
#include "tests/component/credentials/refresher_test.hpp"

namespace acr::credentials {
namespace {

struct BudgetTest : RefresherTest {
  BudgetTest() { options.attempt_limit = milliseconds(400); }

  /// A refresher over a cloud with this budget.
  void make_frugal(alibaba::CallBudgetPolicy policy) {
    frugal.emplace(cloud, metrics, alibaba::OpenApiOptions{.own_region_id = "cn-hangzhou", .budget = policy});
    RefresherCallbacks callbacks{
        .on_login = [this](const RegistryLogin& login) { obtained.push_back(login.instance_key); },
        .on_failure = [this](const InstanceStatus& status, const Error&) { failed.push_back(status.instance_key); },
        .on_expired = {}};
    refresher = std::make_unique<Refresher>(io.get_executor(), *frugal, source, SecretReader(), metrics,
                                            std::move(callbacks), options);
  }
  ~BudgetTest() {
    if (refresher) fakes::run(io, refresher->stop());
    refresher.reset();
  }

  [[nodiscard]] std::size_t most_within(milliseconds width) const {
    std::size_t most = 0;
    for (const auto& first : cloud.calls) {
      const auto inside = std::ranges::count_if(
          cloud.calls, [&](const FakeCloud::Call& call) { return call.at >= first.at && call.at < first.at + width; });
      most = std::max(most, static_cast<std::size_t>(inside));
    }
    return most;
  }

  std::optional<alibaba::OpenApi> frugal;
};

std::vector<config::RegistryInstance> instances(int count) {
  std::vector<config::RegistryInstance> items;
  for (int i = 1; i <= count; ++i) items.push_back(enterprise("cri-" + std::to_string(i)));
  return items;
}

TEST_CASE_METHOD(BudgetTest, "a long line of instances is served in its time, and none fails for the waiting",
                 "[refresher]") {
  make_frugal({.calls_per_second = 50, .burst = 4});
  refresher->apply(instances(40), minutes(15));
  refresher->start();
  // 80 calls need 1.5 s, almost four times the limit of one attempt.
  REQUIRE(until([&] { return obtained.size() == 40; }));
  CHECK(failed.empty());
  CHECK(cloud.calls.size() == 80);
  CHECK(most_within(milliseconds(500)) <= 4 + 25 + 3);  // a late timer moves a call into the next window
}

TEST_CASE_METHOD(BudgetTest, "a fault of all instances together makes no storm", "[refresher]") {
  make_frugal({.calls_per_second = 40, .burst = 4});
  cloud.answer = [](const FakeCloud::Call&) -> Answered { return error_answer(503, "ServiceUnavailable"); };
  refresher->apply(instances(30), minutes(15));
  refresher->start();
  settle(milliseconds(1500));
  CHECK(cloud.calls.size() >= 30);
  CHECK(cloud.calls.size() <= 4 + 60 + 3);
  CHECK(most_within(milliseconds(500)) <= 4 + 20 + 3);
  CHECK(metric(R"(acr_cloud_call_waits_total{result="waited"})"));
}

TEST_CASE_METHOD(BudgetTest, "the line of one account is not that of another", "[refresher]") {
  make_frugal({.calls_per_second = 1, .burst = 2});
  auto items = instances(20);
  auto partner = enterprise("cri-partner");
  partner.custom_access_key = {.id = "LTAIpartner", .secret = Secret("s")};
  auto role = enterprise("cri-role");
  role.custom_access_key = {.id = "LTAIcaller", .secret = Secret("s")};
  role.assume_role_arn = "acs:ram::2234567890123456:role/pull";
  items.push_back(partner);
  items.push_back(role);
  refresher->apply(items, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return std::ranges::count(obtained, "cri-partner@cn-hangzhou") == 1; }, milliseconds(1000)));
  REQUIRE(until([&] { return std::ranges::count(obtained, "cri-role@cn-hangzhou") == 1; }, milliseconds(1000)));
  CHECK(obtained.size() < 6);
}

TEST_CASE_METHOD(BudgetTest, "stopping does not wait for the line", "[refresher]") {
  make_frugal({.calls_per_second = 0.1, .burst = 2});
  refresher->apply(instances(20), minutes(15));
  refresher->start();
  REQUIRE(until([&] { return obtained.size() == 1; }));
  const auto begin = async::deadline_in({});
  fakes::run(io, refresher->stop());
  CHECK(async::deadline_in({}) - begin < seconds(1));
}

}  // namespace
}  // namespace acr::credentials
