// SPDX-License-Identifier: Apache-2.0
// The ordinary life of logins: obtained, renewed, restored, expired.
#include "tests/component/credentials/refresher_test.hpp"

namespace acr::credentials {
namespace {

TEST_CASE_METHOD(RefresherTest, "every instance gets a login, in the order of the configuration", "[refresher]") {
  make().apply({enterprise("cri-b"), personal(), enterprise("cri-a")}, minutes(15));
  CHECK(refresher->logins().empty());
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 3; }));
  CHECK(hosts() == Names{"cri-b-registry.cn-hangzhou.cr.aliyuncs.com", "registry.cn-hangzhou.aliyuncs.com",
                         "registry-vpc.cn-hangzhou.aliyuncs.com", "registry-internal.cn-hangzhou.aliyuncs.com",
                         "cri-a-registry.cn-hangzhou.cr.aliyuncs.com"});
  CHECK(obtained.size() == 3);
  CHECK(source.fetches == 1);
  const auto login = refresher->logins().front();
  CHECK(login.instance_key == "cri-b@cn-hangzhou");
  CHECK(login.username == "cr_temp_user");
  CHECK(login.expires - login.issued > minutes(59));
  const auto status = status_of("cri-b@cn-hangzhou");
  CHECK(status.failures == 0);
  CHECK_FALSE(status.last_error);
  CHECK(status.expires == login.expires);
  REQUIRE(status.next_try);
  CHECK(*status.next_try > now() + minutes(35));
  CHECK(*status.next_try < now() + minutes(46));
  CHECK(metric(R"(acr_credential_refresh_total{registry_instance="personal@cn-hangzhou",result="ok"} 1)"));
  CHECK(metric(R"(acr_credential_expiry_timestamp_seconds{registry_instance="cri-a@cn-hangzhou"})"));
}

TEST_CASE_METHOD(RefresherTest, "configured domains are used as they are, without asking for endpoints",
                 "[refresher]") {
  auto item = enterprise("cri-a");
  item.domains = {"*.example.test:5000", "b.example.test"};
  make().apply({item}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  CHECK(hosts() == Names{"*.example.test:5000", "b.example.test"});
  CHECK(cloud.count("ListInstanceEndpoint") == 0);
}

TEST_CASE_METHOD(RefresherTest, "a login is renewed in time and the hosts are not asked for again", "[refresher]") {
  life = milliseconds(900);
  make().apply({enterprise("cri-a")}, milliseconds(300));
  refresher->start();
  REQUIRE(until([&] { return obtained.size() == 3; }));
  CHECK(expired.empty());
  CHECK(cloud.count("ListInstanceEndpoint") == 1);
  REQUIRE(refresher->logins().size() == 1);
  CHECK(refresher->logins().front().password.reveal() == "pw3:x");
}

TEST_CASE_METHOD(RefresherTest, "C-20 a login that lives shorter than the threshold causes no hot loop",
                 "[refresher]") {
  life = milliseconds(600);
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return obtained.size() == 3; }));
  for (std::size_t i = 2; i < cloud.calls.size(); ++i)
    CHECK(cloud.calls[i].at - cloud.calls[i - 1].at > milliseconds(200));
}

TEST_CASE_METHOD(RefresherTest, "a takeover goes on from stored logins without a call", "[refresher]") {
  const RegistryLogin stored{.instance_id = "cri-a",
                             .region_id = "cn-hangzhou",
                             .hosts = {"stored.example.test"},
                             .username = "u",
                             .password = Secret("stored"),
                             .issued = now() - minutes(10),
                             .expires = now() + minutes(50),
                             .instance_key = "cri-a@cn-hangzhou"};
  auto over = stored;
  over.instance_key = "cri-b@cn-hangzhou";
  over.expires = now() - seconds(1);
  make();
  SECTION("read before the configuration") {
    refresher->restore({stored, over});
    refresher->apply({enterprise("cri-a"), enterprise("cri-b")}, minutes(15));
  }
  SECTION("read after the configuration") {
    refresher->apply({enterprise("cri-a"), enterprise("cri-b")}, minutes(15));
    refresher->restore({stored, over});
  }
  CHECK(hosts() == Names{"stored.example.test"});
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 2; }));
  settle(milliseconds(50));
  CHECK(obtained == Names{"cri-b@cn-hangzhou"});
  CHECK(cloud.count("GetAuthorizationToken", "cri-a") == 0);
  CHECK(hosts().front() == "stored.example.test");
}

TEST_CASE_METHOD(RefresherTest, "a stored login never replaces a newer one", "[refresher]") {
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  refresher->restore({{.hosts = {"old"},
                       .username = "u",
                       .password = Secret("old"),
                       .issued = now() - minutes(50),
                       .expires = now() + minutes(10),
                       .instance_key = "cri-a@cn-hangzhou"}});
  CHECK(refresher->logins().front().password.reveal() == "pw1:x");
}

TEST_CASE_METHOD(RefresherTest, "only while started is the cloud called; logins outlast a stop", "[refresher]") {
  life = milliseconds(900);
  make().apply({enterprise("cri-a")}, milliseconds(300));
  settle(milliseconds(30));
  CHECK(cloud.calls.empty());
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  fakes::run(io, refresher->stop());
  CHECK_FALSE(status_of("cri-a@cn-hangzhou").next_try);
  CHECK(refresher->logins().size() == 1);
  const auto calls = cloud.calls.size();
  settle(milliseconds(700));
  CHECK(cloud.calls.size() == calls);
  refresher->start();
  CHECK(until([&] { return obtained.size() == 2; }));
}

TEST_CASE_METHOD(RefresherTest, "C-19 one refused instance delays no other and loses its login exactly when that ends",
                 "[refresher]") {
  life = milliseconds(1500);
  bool refuse = false;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (refuse && call.instance() == "cri-b") return error_answer(403, "NoPermission");
    return usual(call);
  };
  make().apply({enterprise("cri-a"), enterprise("cri-b"), enterprise("cri-c")}, milliseconds(500));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 3; }));
  refuse = true;
  const auto ends = refresher->logins()[1].expires;
  REQUIRE(until([&] { return failed == Names{"cri-b@cn-hangzhou"}; }));
  CHECK(refresher->logins().size() == 3);
  REQUIRE(until([&] { return expired == Names{"cri-b@cn-hangzhou"}; }));
  CHECK(now() >= ends);
  CHECK(now() < ends + milliseconds(1000));
  CHECK(refresher->logins().size() == 2);
  CHECK(std::ranges::count(obtained, "cri-a@cn-hangzhou") >= 2);
  CHECK(std::ranges::count(obtained, "cri-c@cn-hangzhou") >= 2);
  CHECK(metric(R"(acr_credential_refresh_total{registry_instance="cri-b@cn-hangzhou",result="denied"} 1)"));
  CHECK_FALSE(status_of("cri-b@cn-hangzhou").expires);
  const auto failing = [](char instance) {
    return fmt::format(R"(acr_credential_refresh_failures{{registry_instance="cri-{}@cn-hangzhou"}})", instance);
  };
  CHECK(metric(failing('a') + " 0"));
  CHECK(metric(failing('b')));
  CHECK_FALSE(metric(failing('b') + " 0"));
  fakes::run(io, refresher->stop());
  CHECK_FALSE(metric("acr_credential_refresh_failures{"));
  CHECK_FALSE(metric("acr_credential_expiry_timestamp_seconds{"));
}

}  // namespace
}  // namespace acr::credentials
