// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/openapi_client.hpp"

#include <catch2/catch.hpp>

#include "common/alibaba/registry.hpp"
#include "common/alibaba/sts.hpp"
#include "tests/fakes/fake_cloud.hpp"
#include "tests/fakes/run.hpp"

namespace acr::alibaba {
namespace {

using fakes::error_answer;
using fakes::FakeCloud;
using fakes::json_answer;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string kVpc = "cr-vpc.cn-hangzhou.aliyuncs.com";
const std::string kPublic = "cr.cn-hangzhou.aliyuncs.com";
const std::string kToken =
    R"({"IsSuccess":true,"Code":"success","RequestId":"R1","TempUsername":"cr_temp_user","AuthorizationToken":"a:b","ExpireTime":1795599600000})";

using Answered = std::optional<Result<http::Response>>;

/// No address or no connection.
Answered out_of_reach(const std::string& host) {
  return fail(ErrorKind::Unavailable, "cannot resolve " + host);
}

struct OpenApiTest {
  OpenApiTest()
      : cloud([](const FakeCloud::Call&) -> Answered { return json_answer(kToken); }),
        openapi(cloud, metrics,
                {.own_region_id = "cn-hangzhou",
                 .attempt_limit = milliseconds(500),
                 .vpc_limit = milliseconds(30),
                 .clock = {.wall = [this] { return now; }, .boot = [this] { return uptime; }},
                 .nonce = [this] { return "nonce-" + std::to_string(++nonces); }}) {}

  Result<RegistryToken> token(const std::string& region = "cn-hangzhou") {
    return fakes::run(io, fetch_registry_token(openapi, region, "cri-a", key, async::deadline_in(seconds(5))));
  }
  std::vector<std::string> hosts() {
    std::vector<std::string> all;
    for (const auto& call : cloud.calls) all.push_back(call.origin.host);
    cloud.calls.clear();
    return all;
  }
  bool counted(const std::string& line) { return metrics.render().find(line) != std::string::npos; }

  boost::asio::io_context io;
  Metrics metrics{"test"};
  FakeCloud cloud;
  WallTime now = parse_rfc3339("2026-11-25T08:00:00Z").value();
  std::chrono::nanoseconds uptime = minutes(5);
  int nonces = 0;
  OpenApi openapi;
  RamCredentials key{.access_key_id = "testid",
                     .access_key_secret = Secret("testsecret"),
                     .security_token = {},
                     .expires = {},
                     .source = {}};
};

using Hosts = std::vector<std::string>;

TEST_CASE_METHOD(OpenApiTest, "the own region is called inside the VPC, another one in public", "[openapi]") {
  REQUIRE(token());
  REQUIRE(token("cn-shanghai"));
  CHECK(cloud.calls[0].request.headers.get("host") == kVpc);
  CHECK(http::to_string(cloud.calls[0].origin) == "https://" + kVpc);
  CHECK(hosts() == Hosts{kVpc, "cr.cn-shanghai.aliyuncs.com"});
  CHECK(counted(R"(acr_cloud_requests_total{api="GetAuthorizationToken",result="ok"} 2)"));
}

TEST_CASE_METHOD(OpenApiTest, "a VPC host out of reach gives way to the public one, which is remembered", "[openapi]") {
  cloud.answer = [](const FakeCloud::Call& call) -> Answered {
    if (call.origin.host == kVpc) return out_of_reach(kVpc);
    return json_answer(kToken);
  };
  REQUIRE(token());
  CHECK(hosts() == Hosts{kVpc, kPublic});
  REQUIRE(token());
  CHECK(hosts() == Hosts{kPublic});
  CHECK(counted(R"(acr_cloud_requests_total{api="GetAuthorizationToken",result="unavailable"} 1)"));
  // When the remembered host fails the first one gets another chance.
  cloud.answer = [](const FakeCloud::Call& call) -> Answered {
    if (call.origin.host == kPublic) return out_of_reach(kPublic);
    return json_answer(kToken);
  };
  REQUIRE(token());
  CHECK(hosts() == Hosts{kPublic, kVpc});
  REQUIRE(token());
  CHECK(hosts() == Hosts{kVpc});
}

TEST_CASE_METHOD(OpenApiTest, "a VPC host that swallows packets costs only its share of the time", "[openapi]") {
  cloud.answer = [](const FakeCloud::Call& call) -> Answered {
    if (call.origin.host == kVpc) return std::nullopt;
    return json_answer(kToken);
  };
  REQUIRE(token());
  CHECK(hosts() == Hosts{kVpc, kPublic});
}

TEST_CASE_METHOD(OpenApiTest, "a host that was reached and gave no answer stays the first choice", "[openapi]") {
  const bool is_silent = GENERATE(true, false);
  bool ill = true;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.origin.host != kVpc || !ill) return json_answer(kToken);
    if (is_silent) return std::nullopt;
    return fail(ErrorKind::Unavailable, "the connection was cut");
  };
  REQUIRE(token());
  CHECK(hosts() == Hosts{kVpc, kPublic});
  ill = false;
  REQUIRE(token());
  CHECK(hosts() == Hosts{kVpc});
}

TEST_CASE_METHOD(OpenApiTest, "the memory of another host fades", "[openapi]") {
  OpenApi forgetful(cloud, metrics,
                    {.own_region_id = "cn-hangzhou",
                     .remember_host = minutes(0),
                     .clock = {.wall = [this] { return now; }, .boot = [this] { return uptime; }}});
  bool vpc_works = false;
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.origin.host == kVpc && !vpc_works) return out_of_reach(kVpc);
    return json_answer(kToken);
  };
  const auto ask = [&] {
    return fakes::run(io, fetch_registry_token(forgetful, "cn-hangzhou", "cri-a", key, async::deadline_in(seconds(5))));
  };
  REQUIRE(ask());
  vpc_works = true;
  REQUIRE(ask());
  CHECK(hosts() == Hosts{kVpc, kPublic, kVpc});
}

TEST_CASE_METHOD(OpenApiTest, "when no host can be reached the error names them all", "[openapi]") {
  cloud.answer = [](const FakeCloud::Call& call) -> Answered {
    return fail(ErrorKind::Unavailable, "cannot connect to " + call.origin.host);
  };
  const auto result = token();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::Unavailable);
  CHECK(result.error().message ==
        "cannot call GetAuthorizationToken for instance cri-a in cn-hangzhou: cannot connect to " + kVpc +
            "; then cannot connect to " + kPublic);
}

TEST_CASE_METHOD(OpenApiTest, "a host that the admin names comes first, the usual ones after it", "[openapi]") {
  OpenApi directed(cloud, metrics,
                   {.own_region_id = "cn-hangzhou",
                    .overrides = {.registry = {{"cn-hangzhou", "cr.example.test"}, {"cn-shanghai", kPublic}}},
                    .clock = {.wall = [this] { return now; }, .boot = [this] { return uptime; }}});
  const auto ask = [&](const std::string& region) {
    return fakes::run(io, fetch_registry_token(directed, region, "cri-a", key, async::deadline_in(seconds(5))));
  };
  REQUIRE(ask("cn-hangzhou"));
  CHECK(cloud.calls[0].request.headers.get("host") == "cr.example.test");
  CHECK(hosts() == Hosts{"cr.example.test"});
  cloud.answer = [](const FakeCloud::Call& call) -> Answered {
    if (call.origin.host == "cr.example.test") return out_of_reach("cr.example.test");
    return json_answer(kToken);
  };
  REQUIRE(ask("cn-hangzhou"));
  CHECK(hosts() == Hosts{"cr.example.test", kVpc});
  REQUIRE(ask("cn-hangzhou"));
  CHECK(hosts() == Hosts{kVpc});
  REQUIRE(ask("cn-shanghai"));
  CHECK(hosts() == Hosts{kPublic});
}

TEST_CASE_METHOD(OpenApiTest, "an error answer is no reason to try another host", "[openapi]") {
  cloud.answer = [](const FakeCloud::Call&) -> Answered { return error_answer(403, "NoPermission"); };
  const auto result = token();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == "NoPermission");
  CHECK(result.error().message.find(kVpc) != std::string::npos);
  CHECK(hosts() == Hosts{kVpc});
  CHECK(counted(R"(acr_cloud_requests_total{api="GetAuthorizationToken",result="denied"} 1)"));
}

TEST_CASE_METHOD(OpenApiTest, "D-05 a used nonce is replaced at once, and only once", "[openapi]") {
  int refusals = 1;
  cloud.answer = [&](const FakeCloud::Call&) -> Answered {
    if (refusals-- > 0) return error_answer(400, "SignatureNonceUsed");
    return json_answer(kToken);
  };
  REQUIRE(token());
  REQUIRE(cloud.calls.size() == 2);
  CHECK(cloud.calls[0].request.headers.get("x-acs-signature-nonce") == "nonce-1");
  CHECK(cloud.calls[1].request.headers.get("x-acs-signature-nonce") == "nonce-2");
  CHECK(cloud.calls[0].request.headers.get("authorization") != cloud.calls[1].request.headers.get("authorization"));
  cloud.calls.clear();
  refusals = 100;
  CHECK(token().error().code == "SignatureNonceUsed");
  CHECK(cloud.calls.size() == 2);
}

TEST_CASE_METHOD(OpenApiTest, "D-05 silence, then a nonce that was seen, then success: each attempt is signed anew",
                 "[openapi]") {
  cloud.answer = [&](const FakeCloud::Call&) -> Answered {
    if (cloud.calls.size() == 1) return std::nullopt;
    if (cloud.calls.size() == 2) return error_answer(400, "SignatureNonceUsed");
    return json_answer(kToken);
  };
  REQUIRE(token());
  CHECK(nonces == 3);
  CHECK(hosts() == Hosts{kVpc, kPublic, kPublic});
}

TEST_CASE_METHOD(OpenApiTest, "D-04 a wrong clock is corrected by the Date header, for later calls too", "[openapi]") {
  const auto cloud_time = now + minutes(40);
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    const auto signed_at = parse_rfc3339(call.request.headers.get("x-acs-date")).value();
    const http::Headers date{{"Date", "Wed, 25 Nov 2026 08:40:00 GMT"}};
    if (std::chrono::abs(signed_at - cloud_time) > minutes(15))
      return error_answer(400, "InvalidTimeStamp.Expired", date);
    return json_answer(kToken, 200, date);
  };
  REQUIRE(token());
  CHECK(cloud.calls.size() == 2);
  CHECK(openapi.now() == cloud_time);
  REQUIRE(token());
  CHECK(cloud.calls.size() == 3);
  // The clock is set right: that changes nothing.
  now = cloud_time;
  CHECK(openapi.now() == cloud_time);
  REQUIRE(token());
  CHECK(openapi.now() == cloud_time);
}

TEST_CASE_METHOD(OpenApiTest, "an answer teaches the cloud's time, a page of a proxy does not", "[openapi]") {
  const auto local = now;
  const http::Headers date{{"Date", "Wed, 25 Nov 2026 08:10:00 GMT"}};
  cloud.answer = [&](const FakeCloud::Call&) -> Answered {
    return http::Response{.status = 502, .headers = date, .body = "<html>Bad Gateway</html>"};
  };
  CHECK_FALSE(token());
  CHECK(openapi.now() == local);
  cloud.answer = [&](const FakeCloud::Call&) -> Answered { return error_answer(403, "NoPermission", date); };
  CHECK_FALSE(token());
  CHECK(openapi.now() == local + minutes(10));
}

TEST_CASE_METHOD(OpenApiTest, "a Date that the accepted signature contradicts is not believed", "[openapi]") {
  cloud.answer = [](const FakeCloud::Call&) -> Answered {
    return json_answer(kToken, 200, {{"Date", "Wed, 25 Nov 2026 11:00:00 GMT"}});
  };
  REQUIRE(token());
  CHECK(openapi.now() == now);
}

TEST_CASE_METHOD(OpenApiTest, "D-04 without a Date header the clock is reported, not retried for ever", "[openapi]") {
  cloud.answer = [](const FakeCloud::Call&) -> Answered { return error_answer(400, "InvalidTimeStamp.Expired"); };
  const auto result = token();
  REQUIRE_FALSE(result);
  CHECK(result.error().message.find("clock") != std::string::npos);
  CHECK(cloud.calls.size() == 2);
}

TEST_CASE_METHOD(OpenApiTest, "D-22 a redirect is reported and never followed", "[openapi]") {
  cloud.answer = [](const FakeCloud::Call&) -> Answered {
    return http::Response{.status = 307, .headers = {{"Location", "https://evil.example.test/"}}, .body = {}};
  };
  const auto result = token();
  REQUIRE_FALSE(result);
  CHECK(result.error().message.find("redirect") != std::string::npos);
  CHECK(hosts() == Hosts{kVpc});
}

TEST_CASE_METHOD(OpenApiTest, "without a region nothing is called", "[openapi]") {
  CHECK(token("").error().kind == ErrorKind::Invalid);
  CHECK(cloud.calls.empty());
}

TEST_CASE_METHOD(OpenApiTest, "roles are assumed by a signed call, and with OIDC by an unsigned one", "[openapi]") {
  cloud.answer = [](const FakeCloud::Call&) -> Answered {
    return json_answer(
        R"({"RequestId":"R","Credentials":{"AccessKeyId":"STS.X","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2026-11-25T09:00:00Z"}})");
  };
  const RoleRequest role{.role_arn = "acs:ram::1:role/r", .session_name = "acr-helper"};
  const auto deadline = async::deadline_in(seconds(5));
  CHECK(fakes::run(io, fetch_assumed_role(openapi, "cn-hangzhou", role, key, deadline)).value().access_key_id ==
        "STS.X");
  CHECK(fakes::run(io, fetch_assumed_role_with_oidc(openapi, "cn-hangzhou", role, "acs:ram::1:oidc-provider/p",
                                                    Secret("jwt"), deadline)));
  REQUIRE(cloud.calls.size() == 2);
  CHECK(cloud.calls[0].origin.host == "sts-vpc.cn-hangzhou.aliyuncs.com");
  CHECK(cloud.calls[0].request.headers.has("authorization"));
  CHECK_FALSE(cloud.calls[1].request.headers.has("authorization"));
}

TEST_CASE_METHOD(OpenApiTest, "a call that the budget of its account cannot pay in time is not sent", "[openapi]") {
  OpenApi frugal(cloud, metrics,
                 {.own_region_id = "cn-hangzhou",
                  .budget = {.calls_per_second = 10, .burst = 1},
                  .clock = {.wall = [this] { return now; }, .boot = [this] { return uptime; }}});
  const auto ask = [&](const std::string& account, milliseconds limit) {
    auto caller = key;
    caller.account = account;
    return fakes::run(io, fetch_registry_token(frugal, "cn-hangzhou", "cri-a", caller, async::deadline_in(limit)));
  };
  REQUIRE(ask("a", seconds(5)));
  const auto refused = ask("a", milliseconds(20));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::Throttled);
  CHECK(refused.error().retry_after > milliseconds(20));
  CHECK(refused.error().message ==
        "cannot call GetAuthorizationToken for instance cri-a in cn-hangzhou: not sent: too many calls of this account "
        "wait already, for 1 s");
  CHECK(cloud.calls.size() == 1);
  REQUIRE(ask("b", milliseconds(20)));
  const auto began = async::deadline_in({});
  REQUIRE(ask("a", seconds(5)));
  CHECK(cloud.calls.back().at - began > milliseconds(20));
  CHECK(counted(R"(acr_cloud_call_waits_total{result="refused"} 1)"));
  CHECK(counted(R"(acr_cloud_call_waits_total{result="waited"} 1)"));
  CHECK(counted("acr_cloud_call_wait_seconds_total 0.0"));
}

TEST_CASE_METHOD(OpenApiTest, "a call repeated with a new signature is a call of the budget too", "[openapi]") {
  OpenApi frugal(cloud, metrics,
                 {.own_region_id = "cn-hangzhou",
                  .budget = {.calls_per_second = 0.1, .burst = 1},
                  .clock = {.wall = [this] { return now; }, .boot = [this] { return uptime; }}});
  cloud.answer = [](const FakeCloud::Call&) -> Answered { return error_answer(400, "SignatureNonceUsed"); };
  const auto refused =
      fakes::run(io, fetch_registry_token(frugal, "cn-hangzhou", "cri-a", key, async::deadline_in(milliseconds(500))));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "SignatureNonceUsed");
  CHECK(cloud.calls.size() == 1);
}

}  // namespace
}  // namespace acr::alibaba
