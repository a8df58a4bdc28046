// SPDX-License-Identifier: Apache-2.0
// Who goes on with which login when items are added, removed or edited, by an edit or while no process ran.
#include "tests/component/credentials/refresher_test.hpp"

namespace acr::credentials {
namespace {

constexpr const char* kHost = "cri-a-registry.cn-hangzhou.cr.aliyuncs.com";

struct InheritanceTest : RefresherTest {
  InheritanceTest() { make(); }

  void run(std::vector<config::RegistryInstance> items) {
    refresher->apply(std::move(items), minutes(15));
    refresher->start();
  }
  /// From now on the cloud gives nobody a login.
  void refuse() {
    cloud.answer = [](const FakeCloud::Call&) -> Answered { return error_answer(403, "NoPermission"); };
  }
  /// What an earlier process knew when it ended.
  std::vector<RegistryLogin> logins_of_earlier(std::vector<config::RegistryInstance> items) {
    const auto count = items.size();
    run(std::move(items));
    REQUIRE(until([&] { return refresher->logins().size() == count; }));
    auto logins = refresher->logins();
    fakes::run(io, refresher->stop());
    make();
    obtained.clear();
    cloud.calls.clear();
    return logins;
  }
  [[nodiscard]] Names passwords_of(const std::string& host) const {
    Names all;
    for (const auto& login : refresher->logins()) {
      if (std::ranges::find(login.hosts, host) != login.hosts.end()) all.emplace_back(login.password.reveal());
    }
    return all;
  }
};

config::RegistryInstance item_with(const std::string& access_key, Names domains = {}) {
  auto item = enterprise("cri-a");
  if (!access_key.empty()) item.custom_access_key = config::AccessKey{access_key, Secret("s")};
  item.domains = std::move(domains);
  return item;
}

TEST_CASE_METHOD(InheritanceTest, "a second item for an instance takes nothing from the first", "[refresher]") {
  run({item_with("")});
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  refuse();
  refresher->apply({item_with(""), item_with("LTAIother", {"new.example.test"})}, minutes(15));
  CHECK(passwords_of(kHost) == Names{"pw1:x"});
  CHECK(passwords_of("new.example.test").empty());
  CHECK(refresher->logins()[0].instance_key.starts_with("cri-a@cn-hangzhou#"));
  CHECK_FALSE(metric(R"({instance="cri-a@cn-hangzhou")"));
  CHECK(metric(R"(acr_credential_expiry_timestamp_seconds{registry_instance="cri-a@cn-hangzhou#)"));
  REQUIRE(until([&] { return failed.size() == 1; }));
  settle(milliseconds(50));
  CHECK(cloud.count("GetAuthorizationToken") == 2);  // the first item's one, and that of the new one
  CHECK(passwords_of(kHost) == Names{"pw1:x"});
  CHECK(expired.empty());
}

TEST_CASE_METHOD(InheritanceTest, "the item that stays alone goes on with its own login", "[refresher]") {
  run({item_with("LTAIone", {"one.example.test"}), item_with("LTAItwo", {"two.example.test"})});
  REQUIRE(until([&] { return refresher->logins().size() == 2; }));
  const auto own = passwords_of("two.example.test");
  refuse();
  refresher->apply({item_with("LTAItwo", {"two.example.test"})}, minutes(15));
  CHECK(passwords_of("two.example.test") == own);
  CHECK(passwords_of("one.example.test").empty());
  CHECK(refresher->logins()[0].instance_key == "cri-a@cn-hangzhou");
  CHECK_FALSE(metric("cri-a@cn-hangzhou#"));
  settle(milliseconds(50));
  CHECK(cloud.count("GetAuthorizationToken") == 2);
}

TEST_CASE_METHOD(InheritanceTest, "an item of several that gets other domains keeps its login", "[refresher]") {
  run({item_with("LTAIone", {"one.example.test"}), item_with("LTAItwo", {"two.example.test"})});
  REQUIRE(until([&] { return refresher->logins().size() == 2; }));
  const auto one = passwords_of("one.example.test");
  const auto two = passwords_of("two.example.test");
  refuse();
  refresher->apply(
      {item_with("LTAIone", {"two.example.test", "more.example.test"}), item_with("LTAItwo", {"one.example.test"})},
      minutes(15));
  CHECK(passwords_of("more.example.test") == one);
  CHECK(passwords_of("one.example.test") == two);
  settle(milliseconds(50));
  CHECK(cloud.count("GetAuthorizationToken") == 2);
}

TEST_CASE_METHOD(InheritanceTest, "hosts that another identity takes over stay served until it has a login",
                 "[refresher]") {
  run({item_with("", {"one.example.test", "two.example.test"})});
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  bool hang = true;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (hang) return std::nullopt;
    return usual(call);
  };
  refresher->apply(
      {item_with("", {"one.example.test"}), item_with("LTAIother", {"two.example.test", "new.example.test"})},
      minutes(15));
  CHECK(passwords_of("one.example.test") == Names{"pw1:x"});
  CHECK(passwords_of("two.example.test") == Names{"pw1:x"});
  CHECK(passwords_of("new.example.test").empty());
  REQUIRE(until([&] { return cloud.count("GetAuthorizationToken") == 2; }));  // at once, by the new identity alone
  hang = false;
  refresher->retry_now();
  CHECK(until([&] { return !passwords_of("new.example.test").empty(); }));
  CHECK(passwords_of("two.example.test") == passwords_of("new.example.test"));
}

TEST_CASE_METHOD(InheritanceTest, "a threshold that changes together with an item counts for it too", "[refresher]") {
  run({item_with("")});
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  const auto before = status_of("cri-a@cn-hangzhou").next_try.value();
  refresher->apply({item_with("", {kHost})}, minutes(30));
  CHECK(before - status_of("cri-a@cn-hangzhou").next_try.value() >= minutes(10));
}

TEST_CASE_METHOD(InheritanceTest, "stored logins follow their items under other keys", "[refresher]") {
  const auto alone = item_with("", {"one.example.test"});
  const auto other = item_with("LTAIother", {"two.example.test"});
  SECTION("an item was added") {
    const auto stored = logins_of_earlier({alone});
    refresher->restore(stored);
    run({other, alone});
    CHECK(passwords_of("one.example.test") == Names{std::string(stored[0].password.reveal())});
    REQUIRE(until([&] { return obtained.size() == 1; }));
    settle(milliseconds(30));
    CHECK(cloud.count("GetAuthorizationToken") == 1);
  }
  SECTION("an item was removed") {
    const auto stored = logins_of_earlier({other, alone});
    SECTION("read before the configuration") {
      refresher->restore(stored);
      run({alone});
    }
    SECTION("read after the configuration") {
      refresher->apply({alone}, minutes(15));
      refresher->restore(stored);
      refresher->start();
    }
    CHECK(hosts() == Names{"one.example.test"});
    CHECK(passwords_of("one.example.test") == Names{std::string(stored[1].password.reveal())});
    settle(milliseconds(30));
    CHECK(cloud.calls.empty());
  }
}

TEST_CASE_METHOD(InheritanceTest, "an identity that changed while nobody led is noticed, the login serves meanwhile",
                 "[refresher]") {
  auto before = enterprise("cri-a");
  before.domains = {"one.example.test"};
  before.assume_role_arn = "acs:ram::2:role/before";
  auto after = before;
  const auto stored = logins_of_earlier({before});
  CHECK(stored[0].identity.find("before") == std::string::npos);
  SECTION("another role") {
    after.assume_role_arn = "acs:ram::2:role/after";
  }
  SECTION("a key in place of the worker role") {
    after.custom_access_key = config::AccessKey{"LTAIafter", Secret("s")};
  }
  SECTION("a key of a Secret") {
    after.custom_access_key_secret_ref = "team-a";
  }
  secret = std::map<std::string, Secret>{{"access-key-id", Secret("LTAIafter")}, {"access-key-secret", Secret("s")}};
  refresher->restore(stored);
  run({after});
  CHECK(passwords_of("one.example.test") == Names{std::string(stored[0].password.reveal())});
  REQUIRE(until([&] { return obtained.size() == 1; }));
  CHECK(passwords_of("one.example.test") != Names{std::string(stored[0].password.reveal())});
}

TEST_CASE_METHOD(InheritanceTest, "a former leader goes on from what the one between has stored, with no call",
                 "[refresher]") {
  auto before = item_with("LTAIbefore", {"one.example.test"});
  auto after = before;
  SECTION("which it could not get itself") {
    refuse();
    run({before});
    REQUIRE(until([&] { return failed.size() == 1; }));
  }
  SECTION("which was got by another identity, for an edit that fell into the other's term") {
    run({before});
    REQUIRE(until([&] { return obtained.size() == 1; }));
    after = item_with("LTAIafter", {"one.example.test", "two.example.test"});
  }
  SECTION("which is newer than its own") {
    life = minutes(50);
    run({before});
    REQUIRE(until([&] { return obtained.size() == 1; }));
  }
  fakes::run(io, refresher->stop());
  cloud.calls.clear();
  refresher->apply({after}, minutes(15));
  refresher->restore({{.instance_id = "cri-a",
                       .region_id = "cn-hangzhou",
                       .hosts = after.domains,
                       .hosts_from = HostsFrom::Configuration,
                       .username = "u",
                       .password = Secret("of-the-other"),
                       .issued = now(),
                       .expires = now() + minutes(65),
                       .instance_key = "cri-a@cn-hangzhou",
                       .identity = build_identity_digest(after)}});
  refresher->start();
  settle(milliseconds(100));
  CHECK(cloud.calls.empty());
  CHECK(hosts() == after.domains);
  CHECK(passwords_of("one.example.test") == Names{"of-the-other"});
  const auto status = status_of("cri-a@cn-hangzhou");
  CHECK(status.failures == 0);
  CHECK_FALSE(status.last_error);
  CHECK(status.next_try > now() + minutes(30));
}

TEST_CASE_METHOD(InheritanceTest, "another threshold does not call off what is due already", "[refresher]") {
  const auto stored = logins_of_earlier({item_with("", {"one.example.test"})});
  refresher->restore(stored);
  refresher->apply({item_with("", {"one.example.test"})}, minutes(15));
  refresher->apply({item_with("LTAIafter", {"one.example.test"})}, minutes(15));
  refresher->apply({item_with("LTAIafter", {"one.example.test"})}, minutes(10));
  refresher->start();
  CHECK(until([&] { return obtained.size() == 1; }));
}

TEST_CASE_METHOD(InheritanceTest, "stored hosts are used only as far as the configuration still means them",
                 "[refresher]") {
  SECTION("domains that were dropped give way to the list at once") {
    const auto stored = logins_of_earlier({item_with("", {"dropped.example.test"})});
    refresher->restore(stored);
    run({item_with("")});
    CHECK(hosts() == Names{"dropped.example.test"});
    REQUIRE(until([&] { return obtained.size() == 1; }));
    CHECK(hosts() == Names{kHost});
  }
  SECTION("the list of the cloud is there again when domains are dropped after the restart") {
    const auto stored = logins_of_earlier({item_with("")});
    refresher->restore(stored);
    run({item_with("", {"only.example.test"})});
    CHECK(hosts() == Names{"only.example.test"});
    refresher->apply({item_with("")}, minutes(15));
    CHECK(hosts() == Names{kHost});
    settle(milliseconds(30));
    CHECK(cloud.calls.empty());
  }
  SECTION("Personal Edition gets its own hosts back") {
    auto item = personal();
    item.domains = {"dropped.example.test"};
    const auto stored = logins_of_earlier({item});
    refresher->restore(stored);
    run({personal()});
    CHECK(hosts() == alibaba::build_personal_hosts("cn-hangzhou"));
    settle(milliseconds(30));
    CHECK(cloud.calls.empty());
  }
}

}  // namespace
}  // namespace acr::credentials
