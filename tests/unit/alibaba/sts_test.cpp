// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/sts.hpp"

#include <catch2/catch.hpp>

namespace acr::alibaba {
namespace {

const RoleRequest kRole{.role_arn = "acs:ram::1234567890123456:role/acr-pull", .session_name = "acr-helper"};
const CallContext kContext{.api = "AssumeRole", .region_id = "cn-hangzhou"};

http::Response answer(std::string body) {
  return {.status = 200, .headers = {}, .body = std::move(body)};
}

TEST_CASE("AssumeRole asks by query", "[sts]") {
  const auto call = build_assume_role_request(kRole);
  CHECK(call.action == "AssumeRole");
  CHECK(call.version == "2015-04-01");
  CHECK(call.query == std::map<std::string, std::string>{
                          {"RoleArn", kRole.role_arn}, {"RoleSessionName", "acr-helper"}, {"DurationSeconds", "3600"}});
}

TEST_CASE("AssumeRoleWithOIDC is unsigned and keeps the token out of the URL", "[sts]") {
  const auto now = parse_rfc3339("2026-01-02T03:04:05Z").value();
  const auto request = build_assume_role_with_oidc_request(
      kRole, "acs:ram::1234567890123456:oidc-provider/ack-rrsa-ctest",
      Secret("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2ln\n"), "sts-vpc.cn-hangzhou.aliyuncs.com", now);
  CHECK(request.method == "POST");
  CHECK(request.target ==
        "/?Action=AssumeRoleWithOIDC&Format=JSON&Timestamp=2026-01-02T03%3A04%3A05Z&Version=2015-04-01");
  CHECK(request.body ==
        "DurationSeconds=3600&OIDCProviderArn=acs%3Aram%3A%3A1234567890123456%3Aoidc-provider%2Fack-rrsa-ctest"
        "&OIDCToken=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2ln&RoleArn=acs%3Aram%3A%3A1234567890123456%3Arole%2Facr-"
        "pull"
        "&RoleSessionName=acr-helper");
  CHECK(request.headers.get("content-type") == "application/x-www-form-urlencoded");
  CHECK_FALSE(request.headers.has("authorization"));
}

TEST_CASE("temporary credentials need all four fields", "[sts]") {
  const std::string whole =
      R"({"RequestId":"R1","Credentials":{"AccessKeyId":"STS.X","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2026-01-02T04:04:05Z"}})";
  const auto credentials = parse_assume_role_response(answer(whole), kRole, kContext);
  REQUIRE(credentials);
  CHECK(credentials->access_key_id == "STS.X");
  CHECK(credentials->security_token.reveal() == "t");
  CHECK(format_rfc3339(credentials->expires.value()) == "2026-01-02T04:04:05Z");
  CHECK(credentials->source == "role acs:ram::1234567890123456:role/acr-pull");
  for (const std::string field : {"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"}) {
    auto broken = whole;
    broken.replace(broken.find(field), field.size(), "Nothing");
    const auto result = parse_assume_role_response(answer(broken), kRole, kContext);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::Protocol);
    CHECK(result.error().request_id == "R1");
  }
}

TEST_CASE("GetCallerIdentity says who calls", "[sts]") {
  CHECK(build_get_caller_identity_request().query.empty());
  const auto identity = parse_get_caller_identity_response(
      answer(R"({"AccountId":"1","Arn":"acs:ram::1:user/x","IdentityType":"RAMUser","RequestId":"R"})"), kContext);
  REQUIRE(identity);
  CHECK(identity->arn == "acs:ram::1:user/x");
  CHECK(identity->identity_type == "RAMUser");
  CHECK_FALSE(parse_get_caller_identity_response(answer(R"({"AccountId":"1"})"), kContext));
}

}  // namespace
}  // namespace acr::alibaba
