// SPDX-License-Identifier: Apache-2.0
// Items that name a role: assumed by the default credential, by an access key, or by RRSA.
#include "tests/component/credentials/refresher_test.hpp"
#include "tests/fakes/mounted_volume.hpp"

namespace acr::credentials {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// {"iss":"https://issuer.test","aud":["wrong.test"],"sub":"system:serviceaccount:kube-system:helper"}
const std::string kToken =
    "eyJhbGciOiJSUzI1NiJ9."
    "eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0IiwiYXVkIjpbIndyb25nLnRlc3QiXSwic3ViIjoic3lzdGVtOnNlcnZpY2VhY2NvdW50Omt1YmUt"
    "c3lzdGVtOmhlbHBlciJ9.c2ln";
const std::string kOtherToken = "eyJhbGciOiJSUzI1NiJ9.e30.b3RoZXI";

struct RoleTest : RefresherTest {
  RoleTest() {
    options.oidc_token_file = volume.path();
    options.source_check = milliseconds(20);
  }
  void run(std::vector<config::RegistryInstance> items, bool rrsa_enabled = false) {
    make().apply(std::move(items), minutes(15), rrsa_enabled);
    refresher->start();
  }
  /// Who signed the calls of an API, in order, each once.
  [[nodiscard]] Names signers(const std::string& action) const {
    Names all;
    for (const auto& call : cloud.calls) {
      if (call.action() != action) continue;
      const auto text = call.request.headers.get("authorization");
      const auto start = text.find("Credential=") + 11;
      all.emplace_back(text.empty() ? "nobody" : text.substr(start, text.find(',', start) - start));
    }
    return all;
  }
  [[nodiscard]] Names parameters(const std::string& action, const std::string& name) const {
    Names all;
    for (const auto& call : cloud.calls) {
      if (call.action() == action) all.push_back(call.parameter(name));
    }
    return all;
  }
  fakes::MountedVolume volume{"token"};
};

std::map<std::string, Secret> key_in_secret(const std::string& id) {
  return {{"access-key-id", Secret(std::string(id))}, {"access-key-secret", Secret("s")}};
}

config::RegistryInstance assumed(const std::string& id, const std::string& role = "shared") {
  auto item = enterprise(id);
  item.assume_role_arn = "acs:ram::2:role/" + role;
  return item;
}

config::RegistryInstance rrsa(const std::string& id) {
  auto item = enterprise(id);
  item.rrsa_role_arn = "acs:ram::1:role/pod";
  item.rrsa_oidc_provider_arn = "acs:ram::1:oidc-provider/ack-rrsa-c1";
  return item;
}

TEST_CASE_METHOD(RoleTest, "the default credential assumes the role, and the login is fetched as that role",
                 "[roles]") {
  auto item = assumed("cri-a");
  item.expire_duration = seconds(7200);
  run({item, assumed("cri-b", "other")});
  REQUIRE(until([&] { return refresher->logins().size() == 2; }));
  CHECK(signers("AssumeRole") == Names{"STS.worker1", "STS.worker1"});
  CHECK(source.fetches == 1);
  CHECK(parameters("AssumeRole", "DurationSeconds") == Names{"7200", "3600"});
  CHECK(parameters("AssumeRole", "RoleSessionName") == Names{"acr-credential-helper", "acr-credential-helper"});
  auto callers = signers("GetAuthorizationToken");
  std::ranges::sort(callers);
  CHECK(callers == Names{"STS.other", "STS.shared"});
  CHECK(status_of("cri-a@cn-hangzhou").source == "role acs:ram::2:role/shared by fake source");
  CHECK(status_of("cri-a@cn-hangzhou").warning.empty());
}

TEST_CASE_METHOD(RoleTest, "two instances with the same role share one session", "[roles]") {
  run({assumed("cri-a"), assumed("cri-b")});
  REQUIRE(until([&] { return refresher->logins().size() == 2; }));
  CHECK(cloud.count("AssumeRole") == 1);
}

TEST_CASE_METHOD(RoleTest, "a role that is refused is asked for once by all that need it, and all recover together",
                 "[roles]") {
  bool allowed = false;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (!allowed && call.action() == "AssumeRole") return error_answer(403, "NoPermission");
    return usual(call);
  };
  run({assumed("cri-a"), assumed("cri-b"), assumed("cri-c"), enterprise("cri-d")});
  REQUIRE(until([&] { return failed.size() == 3 && obtained.size() == 1; }));
  CHECK(cloud.count("AssumeRole") == 1);
  // One that is added later knows it already.
  refresher->apply({assumed("cri-a"), assumed("cri-b"), assumed("cri-c"), enterprise("cri-d"), assumed("cri-e")},
                   minutes(15));
  REQUIRE(until([&] { return failed.size() == 4; }));
  CHECK(cloud.count("AssumeRole") == 1);
  allowed = true;
  refresher->retry_now("cri-b@cn-hangzhou");
  REQUIRE(until([&] { return refresher->logins().size() == 5; }));
  CHECK(cloud.count("AssumeRole") == 2);
}

TEST_CASE_METHOD(RoleTest, "when the credential under a role is there again, those who need the role go on",
                 "[roles]") {
  bool authorised = false;
  source.answer = [&]() -> Result<alibaba::RamCredentials> {
    if (!authorised) return fail(Error{.kind = ErrorKind::Denied, .message = "not authorised", .code = "NoPermission"});
    return fakes::temporary_credentials("STS.new", now() + minutes(300));
  };
  run({enterprise("cri-a"), assumed("cri-b"), assumed("cri-c")});
  REQUIRE(until([&] { return failed.size() == 3; }));
  CHECK(source.fetches == 1);
  authorised = true;
  refresher->retry_now("cri-a@cn-hangzhou");
  CHECK(until([&] { return refresher->logins().size() == 3; }));
  CHECK(source.fetches == 2);
}

TEST_CASE_METHOD(RoleTest, "an access key assumes the role", "[roles]") {
  auto item = assumed("cri-a");
  item.custom_access_key = config::AccessKey{"LTAIpartner", Secret("s")};
  run({item});
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  CHECK(signers("AssumeRole") == Names{"LTAIpartner"});
  CHECK(signers("GetAuthorizationToken") == Names{"STS.shared"});
  CHECK(source.fetches == 0);
}

TEST_CASE_METHOD(RoleTest, "RRSA alone, and RRSA with a role of another account on top", "[roles]") {
  volume.publish(kToken + "\n");
  auto item = rrsa("cri-b");
  item.assume_role_arn = "acs:ram::2:role/shared";
  item.expire_duration = seconds(5000);
  run({rrsa("cri-a"), item}, true);
  REQUIRE(until([&] { return refresher->logins().size() == 2; }));
  CHECK(source.fetches == 0);
  CHECK(signers("AssumeRoleWithOIDC") == Names{"nobody"});
  CHECK(parameters("AssumeRoleWithOIDC", "OIDCToken") == Names{kToken});
  CHECK(parameters("AssumeRoleWithOIDC", "DurationSeconds") == Names{"3600"});
  CHECK(signers("AssumeRole") == Names{"STS.pod"});
  CHECK(parameters("AssumeRole", "DurationSeconds") == Names{"5000"});
  for (const auto& call : cloud.calls) CHECK_FALSE(contains(call.request.target, "OIDCToken"));
}

TEST_CASE_METHOD(RoleTest, "D-11 the token file is read anew for every exchange", "[roles]") {
  volume.publish(kToken);
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.action() == "GetAuthorizationToken" && cloud.count("GetAuthorizationToken") == 1) {
      volume.publish(kOtherToken);
      return error_answer(400, "InvalidSecurityToken.Expired");  // so that a new session is needed
    }
    return usual(call);
  };
  run({rrsa("cri-a")}, true);
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  CHECK(parameters("AssumeRoleWithOIDC", "OIDCToken") == Names{kToken, kOtherToken});
  CHECK(failed.empty());
}

TEST_CASE_METHOD(RoleTest, "D-11 a token that is too old is read again and exchanged once more", "[roles]") {
  volume.publish(kToken);
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.parameter("OIDCToken") != kToken) return usual(call);
    volume.publish(kOtherToken);
    return error_answer(401, "AuthenticationFail.OIDCToken.Expired");
  };
  run({rrsa("cri-a")}, true);
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  CHECK(parameters("AssumeRoleWithOIDC", "OIDCToken") == Names{kToken, kOtherToken});
  CHECK(failed.empty());
}

TEST_CASE_METHOD(RoleTest, "D-11 a refused token is told by what it claims, never by itself", "[roles]") {
  volume.publish(kToken);
  std::string code = "AuthenticationFail.OIDCToken.AudienceNotMatch";
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.action() == "AssumeRoleWithOIDC") return error_answer(401, code);
    return usual(call);
  };
  run({rrsa("cri-a")}, true);
  REQUIRE(until([&] { return failed.size() == 1; }));
  for (const auto* part : {"sts.aliyuncs.com", "audience wrong.test", "issuer https://issuer.test",
                           "subject system:serviceaccount:kube-system:helper", "acs:ram::1:role/pod",
                           "oidc-provider/ack-rrsa-c1", "AuthenticationFail.OIDCToken.AudienceNotMatch"})
    CHECK(contains(errors[0].message, part));
  CHECK_FALSE(contains(errors[0].message, kToken.substr(0, 20)));
  CHECK(cloud.count("AssumeRoleWithOIDC") == 1);
  CHECK(status_of("cri-a@cn-hangzhou").next_try.value() > now() + minutes(9));

  code = "AuthenticationFail.OIDCToken.IssuerNotMatch";
  refresher->retry_now();
  REQUIRE(until([&] { return failed.size() == 2; }));
  CHECK(contains(errors[1].message, "after this pod started"));
}

TEST_CASE_METHOD(RoleTest, "a token that the provider does not know is read once more, then the admin must act",
                 "[roles]") {
  volume.publish(kToken);
  const auto code = GENERATE(as<std::string>(), "AuthenticationFail.OIDCToken.Invalid",
                             "AuthenticationFail.OIDCToken.InvalidSignature");
  bool refuses = true;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (refuses && call.action() == "AssumeRoleWithOIDC") return error_answer(401, code);
    return usual(call);
  };
  run({rrsa("cri-a"), rrsa("cri-b")}, true);
  REQUIRE(until([&] { return failed.size() == 2; }));
  CHECK(cloud.count("AssumeRoleWithOIDC") == 2);
  CHECK(contains(errors[0].advice, "rrsaOIDCProviderRoleARN"));
  CHECK(contains(errors[0].advice, "rotated"));
  CHECK(status_of("cri-a@cn-hangzhou").next_try.value() > now() + minutes(9));
  refuses = false;
  volume.publish(kOtherToken);
  CHECK(until([&] { return refresher->logins().size() == 2; }));
}

TEST_CASE_METHOD(RoleTest, "D-12 without a usable token STS is not called; the file is noticed when it comes",
                 "[roles]") {
  options.retry.no_source = minutes(10);
  options.retry.first = minutes(10);
  options.retry.cap = minutes(10);
  run({rrsa("cri-a")}, true);
  REQUIRE(until([&] { return failed.size() == 1; }));
  CHECK(contains(errors[0].message, volume.path().string()));
  CHECK(contains(errors[0].message, "recreate"));
  CHECK(contains(errors[0].message, "RRSA was switched on after this pod started, restart the pod"));
  volume.publish("");
  REQUIRE(until([&] { return failed.size() == 2; }));
  CHECK(contains(errors[1].message, "it is empty"));
  volume.publish("eyJhbGciOiJSUzI1NiJ9.half");
  REQUIRE(until([&] { return failed.size() == 3; }));
  CHECK(contains(errors[2].message, "only a part"));
  CHECK(cloud.calls.empty());
  volume.publish(kToken);
  CHECK(until([&] { return refresher->logins().size() == 1; }));
}

TEST_CASE_METHOD(RoleTest,
                 "an item with a role for RRSA waits while RRSA is off, and is never served as another identity",
                 "[roles]") {
  volume.publish(kToken);
  auto item = rrsa("cri-a");
  item.assume_role_arn = "acs:ram::2:role/shared";
  run({item, rrsa("cri-b")});
  REQUIRE(until([&] { return failed.size() == 2; }));
  for (const auto& error : errors) {
    CHECK(contains(error.message, "RRSA is off"));
    CHECK(contains(error.message, "enable: true"));
  }
  CHECK(cloud.calls.empty());
  refresher->apply({item, rrsa("cri-b")}, minutes(15), true);
  REQUIRE(until([&] { return refresher->logins().size() == 2; }));
  CHECK(source.fetches == 0);
}

TEST_CASE_METHOD(RoleTest, "D-19 a duration above the role's limit gives way to an hour, is told and remembered",
                 "[roles]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.action() == "AssumeRole" && call.parameter("DurationSeconds") != "3600")
      return error_answer(400, "InvalidParameter.DurationSeconds");
    if (call.action() == "GetAuthorizationToken" && cloud.count("GetAuthorizationToken") == 1)
      return error_answer(400, "InvalidSecurityToken.Expired");
    return usual(call);
  };
  auto item = assumed("cri-a");
  item.expire_duration = seconds(43200);
  run({item});
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  CHECK(parameters("AssumeRole", "DurationSeconds") == Names{"43200", "3600", "3600"});
  const auto warning = status_of("cri-a@cn-hangzhou").warning;
  for (const auto* part : {"expireDuration 43200", "acs:ram::2:role/shared", "InvalidParameter.DurationSeconds",
                           "R-InvalidParameter.DurationSeconds", "3600"})
    CHECK(contains(warning, part));
  CHECK(failed.empty());

  item.expire_duration = seconds(7200);
  refresher->apply({item}, minutes(15));
  REQUIRE(until([&] { return parameters("AssumeRole", "DurationSeconds").size() == 5; }));
  CHECK(parameters("AssumeRole", "DurationSeconds").at(3) == "7200");
}

TEST_CASE_METHOD(RoleTest, "D-09 a role that may not be assumed: both sides are named, other instances go on",
                 "[roles]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.action() == "AssumeRole") return error_answer(403, "NoPermission");
    return usual(call);
  };
  run({assumed("cri-a"), enterprise("cri-b")});
  REQUIRE(until([&] { return failed.size() == 1 && refresher->logins().size() == 1; }));
  for (const auto* part : {"NoPermission", "assumeRoleARN", "acs:ram::2:role/shared", "as worker role test", "trust",
                           "sts:AssumeRole", "R-NoPermission"})
    CHECK(contains(errors[0].message, part));
  CHECK(status_of("cri-a@cn-hangzhou").next_try.value() > now() + minutes(9));
}

TEST_CASE_METHOD(RoleTest, "a base credential that STS refuses is renewed once", "[roles]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.request.headers.get("x-acs-accesskey-id") == "STS.worker1")
      return error_answer(400, "InvalidSecurityToken.Expired");
    return usual(call);
  };
  run({assumed("cri-a")});
  REQUIRE(until([&] { return refresher->logins().size() == 1; }));
  CHECK(signers("AssumeRole") == Names{"STS.worker1", "STS.worker2"});
  CHECK(failed.empty());
}

TEST_CASE_METHOD(RoleTest, "an access key that STS does not know is not hammered", "[roles]") {
  cloud.answer = [&](const FakeCloud::Call&) -> Answered { return error_answer(404, "InvalidAccessKeyId.NotFound"); };
  auto item = assumed("cri-a");
  item.custom_access_key = config::AccessKey{"LTAIgone", Secret("s")};
  run({item});
  REQUIRE(until([&] { return failed.size() == 1; }));
  CHECK(status_of("cri-a@cn-hangzhou").next_try.value() > now() + minutes(9));
  CHECK(contains(errors[0].message, "access key LTAI***"));
}

TEST_CASE_METHOD(RoleTest, "an item that lacks a right does not take the session from the others of its role",
                 "[roles]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.instance() == "cri-typo") return error_answer(404, "INSTANCE_NOT_EXIST");
    return usual(call);
  };
  auto good = assumed("cri-a");
  good.custom_access_key_secret_ref = "team-a";
  auto bad = good;
  bad.instance_id = "cri-typo";
  secret = key_in_secret("LTAIold");
  run({good, bad});
  REQUIRE(until([&] { return failed.size() == 1 && refresher->logins().size() == 1; }));
  for (std::size_t tries = 2; tries < 5; ++tries) {
    refresher->retry_now("cri-typo@cn-hangzhou");
    REQUIRE(until([&] { return failed.size() == tries; }));
  }
  CHECK(cloud.count("AssumeRole") == 1);

  secret = key_in_secret("LTAInew");
  refresher->retry_now("cri-typo@cn-hangzhou");
  REQUIRE(until([&] { return failed.size() == 5; }));
  CHECK(signers("AssumeRole").back() == "LTAInew");
}

TEST_CASE_METHOD(RoleTest, "a source that changes is asked again although the pause is long", "[roles]") {
  source.answer = [] {
    return fail(Error{.kind = ErrorKind::Denied, .message = "not authorised", .code = "NoPermission"});
  };
  run({enterprise("cri-a")});
  REQUIRE(until([&] { return failed.size() == 1; }));
  settle(milliseconds(100));
  CHECK(failed.size() == 1);
  source.answer = [] { return fakes::temporary_credentials("STS.new", now() + minutes(300)); };
  source.changed = true;
  CHECK(until([&] { return refresher->logins().size() == 1; }));
}

}  // namespace
}  // namespace acr::credentials
