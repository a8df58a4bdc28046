// SPDX-License-Identifier: Apache-2.0
// What goes wrong in the cloud stays with the instance it goes wrong for.
#include "tests/component/credentials/refresher_test.hpp"

namespace acr::credentials {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_CASE_METHOD(RefresherTest, "D-23 one of twelve is refused, one hangs, ten are served at once", "[refresher]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.instance() == "cri-3" && call.action() == "GetAuthorizationToken")
      return error_answer(403, "NoPermission");
    if (call.instance() == "cri-7") return std::nullopt;
    return usual(call);
  };
  std::vector<config::RegistryInstance> items;
  for (int i = 1; i <= 12; ++i) items.push_back(enterprise("cri-" + std::to_string(i)));
  options.attempt_limit = milliseconds(3000);
  make().apply(items, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 10; }, milliseconds(2500)));
  CHECK(failed == Names{"cri-3@cn-hangzhou"});
  REQUIRE(until([&] { return failed.size() == 2; }));
  CHECK(failed.back() == "cri-7@cn-hangzhou");
  CHECK(errors.back().kind == ErrorKind::Timeout);
  CHECK(refresher->logins().size() == 10);
}

TEST_CASE_METHOD(RefresherTest, "D-13 a dying RAM credential is renewed once for all, then the call is repeated",
                 "[refresher]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.request.headers.get("x-acs-accesskey-id") == "STS.worker1")
      return error_answer(400, "InvalidSecurityToken.Expired");
    return usual(call);
  };
  std::vector<config::RegistryInstance> items;
  for (int i = 1; i <= 12; ++i) items.push_back(enterprise("cri-" + std::to_string(i)));
  make().apply(items, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 12; }));
  CHECK(source.fetches == 2);
  CHECK(failed.empty());
}

TEST_CASE_METHOD(RefresherTest, "a RAM credential that would not outlive the next renewal is renewed first",
                 "[refresher]") {
  life = milliseconds(1000);
  source.answer = [this] {
    return fakes::temporary_credentials("STS.worker" + std::to_string(source.fetches), now() + milliseconds(1000));
  };
  make().apply({enterprise("cri-a")}, milliseconds(400));
  refresher->start();
  REQUIRE(until([&] { return obtained.size() == 2; }));
  CHECK(source.fetches == 2);
  CHECK(cloud.calls.back().request.headers.get("x-acs-accesskey-id") == "STS.worker2");
}

TEST_CASE_METHOD(RefresherTest, "no login is asked for that would end with the present one", "[refresher]") {
  const auto end = now() + milliseconds(1500);
  source.answer = [&]() -> Result<alibaba::RamCredentials> {
    if (source.fetches > 1) return fail(ErrorKind::Unavailable, "the metadata service does not answer");
    return fakes::temporary_credentials("STS.worker1", end);
  };
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    life = std::chrono::duration_cast<milliseconds>(end - now());
    return usual(call);
  };
  make().apply({enterprise("cri-a")}, milliseconds(700));
  refresher->start();
  REQUIRE(until([&] { return expired.size() == 1; }));
  CHECK(cloud.count("GetAuthorizationToken") == 1);
  REQUIRE(failed.size() >= 2);
  CHECK(contains(errors[0].message, "the metadata service does not answer"));
  source.answer = [] { return fakes::temporary_credentials("STS.worker2", now() + minutes(300)); };
  cloud.answer = [this](const FakeCloud::Call& call) {
    life = minutes(60);
    return usual(call);
  };
  CHECK(until([&] { return refresher->logins().size() == 1; }));
}

TEST_CASE_METHOD(RefresherTest, "D-02 a wrong access key is not hammered, and is tried at once when it is corrected",
                 "[refresher]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    const auto authorization = call.request.headers.get("authorization");
    if (contains(authorization, "Credential=LTAIwrong")) {
      return json_answer(
          R"({"Code":"SignatureDoesNotMatch","RequestId":"R9","Message":"server string to sign is:AccessKeyId%3DLTAIwrong"})",
          400);
    }
    return usual(call);
  };
  auto item = enterprise("cri-a");
  item.custom_access_key = config::AccessKey{"LTAIwrong", Secret("s")};
  make().apply({item, enterprise("cri-b")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return !failed.empty() && refresher->logins().size() == 1; }));
  settle(milliseconds(300));
  CHECK(failed.size() == 1);
  CHECK(errors[0].code == "SignatureDoesNotMatch");
  CHECK(contains(errors[0].message, "R9"));
  CHECK_FALSE(contains(errors[0].message, "LTAIwrong"));
  CHECK(status_of("cri-a@cn-hangzhou").source == "access key LTAI***");
  CHECK(status_of("cri-a@cn-hangzhou").next_try.value() > now() + minutes(9));
  item.custom_access_key = config::AccessKey{"LTAIright", Secret("s")};
  refresher->apply({item, enterprise("cri-b")}, minutes(15));
  CHECK(until([&] { return refresher->logins().size() == 2; }));
}

TEST_CASE_METHOD(RefresherTest, "an access key in a Secret is tried again when told so", "[refresher]") {
  secret = fail(Error{.kind = ErrorKind::Denied, .message = "may not read", .code = "Forbidden"});
  auto item = enterprise("cri-a");
  item.custom_access_key_secret_ref = "team-a";
  make().apply({item}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return failed.size() == 1; }));
  CHECK(contains(errors[0].message, "Secret team-a"));
  secret = std::map<std::string, Secret>{{"access-key-id", Secret("LTAIright")}, {"access-key-secret", Secret("s")}};
  refresher->retry_now("cri-a@cn-hangzhou");
  CHECK(until([&] { return refresher->logins().size() == 1; }));
  CHECK(source.fetches == 0);
}

TEST_CASE_METHOD(RefresherTest, "a key that was replaced in its Secret is used as soon as the old one is refused",
                 "[refresher]") {
  const auto code = GENERATE(as<std::string>(), "InvalidAccessKeyId.Inactive", "InvalidAccessKeyId.NotFound",
                             "SignatureDoesNotMatch", "NoPermission");
  bool refuses = false;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    const bool old = call.request.headers.get("x-acs-accesskey-id") == "LTAIold";
    if (old && refuses) return error_answer(403, code);
    return usual(call);
  };
  const auto key = [](const char* id) {
    return std::map<std::string, Secret>{{"access-key-id", Secret(std::string(id))},
                                         {"access-key-secret", Secret("s")}};
  };
  secret = key("LTAIold");
  auto item = enterprise("cri-a");
  item.custom_access_key_secret_ref = "team-a";
  make().apply({item}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return obtained.size() == 1; }));
  secret = key("LTAInew");
  refuses = true;
  refresher->retry_now();
  CHECK(until([&] { return obtained.size() == 2; }));
  CHECK(failed.empty());
}

TEST_CASE_METHOD(RefresherTest, "a key that is corrected in its Secret is noticed soon, and costs no call before",
                 "[refresher]") {
  const auto key = [](const char* id) {
    return std::map<std::string, Secret>{{"access-key-id", Secret(std::string(id))},
                                         {"access-key-secret", Secret("s")}};
  };
  options.secret_check = milliseconds(20);
  options.retry.no_source = minutes(10);
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.request.headers.get("authorization").find("LTAIright") != std::string_view::npos) return usual(call);
    return error_answer(404, "InvalidAccessKeyId.NotFound");
  };
  SECTION("it was wrong") {
    secret = key("LTAIwrong");
  }
  SECTION("there was none") {
    secret = fail(ErrorKind::NotFound, "no such Secret");
  }
  SECTION("it lacked a part") {
    secret = std::map<std::string, Secret>{{"access-key-id", Secret("LTAIright")}};
  }
  auto item = enterprise("cri-a");
  item.domains = {"a.example.test"};
  item.custom_access_key_secret_ref = "team-a";
  make().apply({item}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return failed.size() == 1; }));
  const auto calls = cloud.calls.size();
  settle(milliseconds(100));
  CHECK(cloud.calls.size() == calls);
  secret = key("LTAIright");
  CHECK(until([&] { return refresher->logins().size() == 1; }));
  CHECK(cloud.calls.size() == calls + 1);
}

TEST_CASE_METHOD(RefresherTest, "D-21 a short fault heals by itself", "[refresher]") {
  int faults = 2;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.action() == "GetAuthorizationToken" && faults-- > 0)
      return http::Response{.status = 503, .headers = {}, .body = {}};
    return usual(call);
  };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  CHECK(failed.size() == 2);
  CHECK(status_of("cri-a@cn-hangzhou").failures == 0);
}

TEST_CASE_METHOD(RefresherTest, "D-01 a throttled identity slows down all its instances, another identity goes on",
                 "[refresher]") {
  options.retry.first = milliseconds(1500);
  options.retry.cap = milliseconds(3000);
  bool throttle = true;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (throttle && call.instance() == "cri-a") return error_answer(400, "Throttling.User");
    return usual(call);
  };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return failed.size() == 1; }));
  throttle = false;
  auto own = enterprise("cri-c");
  own.custom_access_key = config::AccessKey{"LTAIown", Secret("s")};
  const auto begin = async::deadline_in({});
  refresher->apply({enterprise("cri-a"), enterprise("cri-b"), own}, minutes(15));
  REQUIRE(until([&] { return obtained == Names{"cri-c@cn-hangzhou"}; }, milliseconds(1200)));
  REQUIRE(until([&] { return obtained.size() == 3; }));
  CHECK(async::deadline_in({}) - begin >= milliseconds(1000));
}

TEST_CASE_METHOD(RefresherTest,
                 "an instance that is throttled again and again does not starve the others of its identity",
                 "[refresher]") {
  options.retry.first = milliseconds(100);
  options.retry.cap = milliseconds(400);
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.instance() == "cri-a") return error_answer(400, "Throttling.User");
    return usual(call);
  };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return failed.size() >= 3; }));
  refresher->apply({enterprise("cri-a"), enterprise("cri-b")}, minutes(15));
  CHECK(until([&] { return obtained == Names{"cri-b@cn-hangzhou"}; }, milliseconds(1000)));
}

TEST_CASE_METHOD(RefresherTest, "D-10 without the right to list endpoints the name rule serves, and the right is named",
                 "[refresher]") {
  bool may_list = false;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (!may_list && call.action() == "ListInstanceEndpoint") return error_answer(403, "NoPermission");
    return usual(call);
  };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return obtained.size() == 1; }));
  // No name is made up from the id.
  CHECK(hosts() == Names{"*-registry.cn-hangzhou.cr.aliyuncs.com", "*-registry-vpc.cn-hangzhou.cr.aliyuncs.com"});
  const auto warning = status_of("cri-a@cn-hangzhou").warning;
  for (const auto* word : {"NoPermission", "RequestId", "cr:ListInstanceEndpoint", "domains", "*-registry-vpc"})
    CHECK(contains(warning, word));
  CHECK(failed.empty());

  may_list = true;
  refresher->retry_now();
  REQUIRE(until([&] { return obtained.size() == 2; }));
  CHECK(hosts() == Names{"cri-a-registry.cn-hangzhou.cr.aliyuncs.com"});
  CHECK(status_of("cri-a@cn-hangzhou").warning.empty());
}

TEST_CASE_METHOD(RefresherTest, "D-10 hosts of the name rule are not taken for known ones after a takeover",
                 "[refresher]") {
  make().restore({{.instance_id = "cri-a",
                   .region_id = "cn-hangzhou",
                   .hosts = alibaba::build_enterprise_patterns("cn-hangzhou"),
                   .hosts_from = HostsFrom::NameRule,
                   .username = "u",
                   .password = Secret("p"),
                   .issued = now() - minutes(59),
                   .expires = now() + minutes(1),
                   .instance_key = "cri-a@cn-hangzhou"}});
  refresher->apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return obtained.size() == 1; }));
  CHECK(hosts() == Names{"cri-a-registry.cn-hangzhou.cr.aliyuncs.com"});
}

TEST_CASE_METHOD(RefresherTest, "an identity that may do nothing is told all that it needs at once", "[refresher]") {
  cloud.answer = [&](const FakeCloud::Call&) -> Answered { return error_answer(403, "NoPermission"); };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return failed.size() == 1; }));
  for (const auto* word : {"cr:GetAuthorizationToken", "cr:ListInstanceEndpoint", "cr:PullRepository"})
    CHECK(contains(errors[0].message, word));
  CHECK(refresher->logins().empty());
}

TEST_CASE_METHOD(RefresherTest, "a proxy that forbids the list says nothing about permissions", "[refresher]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.action() != "ListInstanceEndpoint") return usual(call);
    return http::Response{.status = 403, .headers = {}, .body = "<html>blocked</html>"};
  };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return failed.size() == 1; }));
  CHECK(cloud.count("GetAuthorizationToken") == 0);
}

TEST_CASE_METHOD(RefresherTest, "D-10 hosts known from before are used when the list is denied later", "[refresher]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.action() == "ListInstanceEndpoint") return error_answer(403, "NoPermission");
    return usual(call);
  };
  make().restore({{.instance_id = "cri-a",
                   .region_id = "cn-hangzhou",
                   .hosts = {"known.example.test"},
                   .username = "u",
                   .password = Secret("p"),
                   .issued = now() - minutes(59),
                   .expires = now() + minutes(1),
                   .instance_key = "cri-a@cn-hangzhou"}});
  refresher->apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return obtained.size() == 1; }));
  CHECK(hosts() == Names{"known.example.test"});
  CHECK(failed.empty());
}

TEST_CASE_METHOD(RefresherTest, "D-17 an instance without a host gets no login, and is asked again", "[refresher]") {
  bool empty = true;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (empty && call.action() == "ListInstanceEndpoint") return json_answer(R"({"IsSuccess":true,"Endpoints":[]})");
    return usual(call);
  };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return failed.size() == 1; }));
  CHECK(contains(errors[0].message, "no domain"));
  CHECK(refresher->logins().empty());
  empty = false;
  CHECK(until([&] { return refresher->logins().size() == 1; }));
}

TEST_CASE_METHOD(RefresherTest,
                 "D-18 a login that has already expired is not used, and the cloud is not asked in a loop",
                 "[refresher]") {
  life = minutes(-60);
  options.retry = {.first = milliseconds(200), .cap = milliseconds(400)};
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return failed.size() == 2; }));
  CHECK(contains(errors[0].message, "clock"));
  CHECK(refresher->logins().empty());
  CHECK(obtained.empty());
  CHECK(cloud.count("GetAuthorizationToken") == 2);
}

TEST_CASE_METHOD(RefresherTest, "D-18 an unknown life is taken as that of the RAM credential, at most an hour",
                 "[refresher]") {
  source.answer = [] { return fakes::temporary_credentials("STS.worker", now() + minutes(30)); };
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.action() == "ListInstanceEndpoint") return usual(call);
    return json_answer(
        R"({"IsSuccess":true,"Code":"success","TempUsername":"u","AuthorizationToken":"p","ExpireTime":0})");
  };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  const auto left = refresher->logins().front().expires - now();
  CHECK(left > minutes(29));
  CHECK(left <= minutes(30));
}

TEST_CASE_METHOD(RefresherTest, "D-06 a node without a role is looked at again and again", "[refresher]") {
  bool role = false;
  source.answer = [&]() -> Result<alibaba::RamCredentials> {
    if (!role) return fail(ErrorKind::NotFound, "this node has no RAM role");
    return fakes::temporary_credentials("STS.worker", now() + minutes(300));
  };
  make().apply({enterprise("cri-a")}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return failed.size() == 2; }));
  CHECK(contains(errors[0].message, "cri-a@cn-hangzhou"));
  CHECK(contains(errors[0].message, "RAM role"));
  CHECK(cloud.calls.empty());
  role = true;
  CHECK(until([&] { return refresher->logins().size() == 1; }));
}

}  // namespace
}  // namespace acr::credentials
