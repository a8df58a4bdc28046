// SPDX-License-Identifier: Apache-2.0
// A changed configuration costs only what it changes.
#include "tests/component/credentials/refresher_test.hpp"

namespace acr::credentials {
namespace {

TEST_CASE_METHOD(RefresherTest, "unchanged instances keep their login, removed ones lose it, new ones get one",
                 "[refresher]") {
  make().apply({enterprise("cri-a"), enterprise("cri-b")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 2; }));
  refresher->apply({enterprise("cri-c"), enterprise("cri-a")}, minutes(15));
  CHECK(hosts() == Names{"cri-a-registry.cn-hangzhou.cr.aliyuncs.com"});
  CHECK_FALSE(metric(R"(acr_credential_expiry_timestamp_seconds{registry_instance="cri-b@cn-hangzhou"})"));
  CHECK_FALSE(metric(R"(acr_credential_refresh_total{registry_instance="cri-b@cn-hangzhou")"));
  REQUIRE(until([&] { return refresher->logins().size() == 2; }));
  settle(milliseconds(30));
  CHECK(cloud.count("GetAuthorizationToken", "cri-a") == 1);
  CHECK(hosts().front() == "cri-c-registry.cn-hangzhou.cr.aliyuncs.com");
  CHECK(expired.empty());
}

TEST_CASE_METHOD(RefresherTest, "other domains need no new login", "[refresher]") {
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  auto item = enterprise("cri-a");
  item.domains = {"only.example.test"};
  refresher->apply({item}, minutes(15));
  CHECK(hosts() == Names{"only.example.test"});
  refresher->apply({enterprise("cri-a")}, minutes(15));
  CHECK(hosts() == Names{"cri-a-registry.cn-hangzhou.cr.aliyuncs.com"});
  settle(milliseconds(30));
  CHECK(cloud.count("GetAuthorizationToken") == 1);
}

TEST_CASE_METHOD(RefresherTest,
                 "from given domains to all domains the list is fetched at once, the login stays meanwhile",
                 "[refresher]") {
  auto item = enterprise("cri-a");
  item.domains = {"only.example.test"};
  make().apply({item}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  refresher->apply({enterprise("cri-a")}, minutes(15));
  CHECK(hosts() == Names{"only.example.test"});
  REQUIRE(until([&] { return obtained.size() == 2; }));
  CHECK(hosts() == Names{"cri-a-registry.cn-hangzhou.cr.aliyuncs.com"});
}

TEST_CASE_METHOD(RefresherTest, "a new identity is tried at once, the old login serves until it has one",
                 "[refresher]") {
  bool hang = false;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (hang) return std::nullopt;
    return usual(call);
  };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  hang = true;
  auto item = enterprise("cri-a");
  item.custom_access_key = config::AccessKey{"LTAInew", Secret("s")};
  refresher->apply({item}, minutes(15));
  REQUIRE(until([&] { return cloud.count("GetAuthorizationToken") == 2; }));
  CHECK(refresher->logins().front().password.reveal() == "pw1:x");
  // Meanwhile yet another key: the answer to the first question does not count any more.
  hang = false;
  item.custom_access_key = config::AccessKey{"LTAIlast", Secret("s")};
  refresher->apply({item}, minutes(15));
  REQUIRE(until([&] { return obtained.size() == 2; }));
  CHECK(refresher->logins().front().password.reveal() == "pw2:x");
  CHECK(failed.empty());
}

TEST_CASE_METHOD(RefresherTest, "a removed instance is forgotten although its call still hangs", "[refresher]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.instance() == "cri-a") return std::nullopt;
    return usual(call);
  };
  options.attempt_limit = milliseconds(200);
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return cloud.calls.size() == 1; }));
  refresher->apply({enterprise("cri-b")}, minutes(15));
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  settle(milliseconds(300));
  CHECK(failed.empty());
  CHECK(refresher->status().size() == 1);
}

TEST_CASE_METHOD(RefresherTest, "a longer threshold brings the renewal forward", "[refresher]") {
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  const auto before = status_of("cri-a@cn-hangzhou").next_try.value();
  refresher->apply({enterprise("cri-a")}, minutes(30));
  CHECK(before - status_of("cri-a@cn-hangzhou").next_try.value() >= minutes(10));
  settle(milliseconds(30));
  CHECK(obtained.size() == 1);
}

TEST_CASE_METHOD(RefresherTest, "one instance with two identities is two logins; the very same item twice is one",
                 "[refresher]") {
  auto first = enterprise("cri-a");
  first.custom_access_key = config::AccessKey{"LTAIone", Secret("s1")};
  auto second = enterprise("cri-a");
  second.custom_access_key = config::AccessKey{"LTAItwo", Secret("s2")};
  make().apply({first, second, second}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 2; }));
  settle(milliseconds(30));
  const auto logins = refresher->logins();
  REQUIRE(logins.size() == 2);
  CHECK(logins[0].instance_key != logins[1].instance_key);
  for (const auto& login : logins) {
    CHECK(login.instance_key.starts_with("cri-a@cn-hangzhou#"));
    CHECK(login.instance_key.find("LTAI") == std::string::npos);
  }
  CHECK(cloud.count("GetAuthorizationToken") == 2);
}

}  // namespace
}  // namespace acr::credentials
