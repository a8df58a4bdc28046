// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/registry.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/fixture.hpp"

namespace acr::alibaba {
namespace {

const CallContext kContext{.api = "GetAuthorizationToken", .instance_id = "cri-test", .region_id = "cn-hangzhou"};

http::Response answer(std::string body, unsigned status = 200) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

std::string token_body(std::string_view expire_time) {
  return R"({"IsSuccess":true,"Code":"success","RequestId":"R1","TempUsername":"cr_temp_user","AuthorizationToken":"tok-aaaa:bbbb","ExpireTime":)" +
         std::string(expire_time) + "}";
}

TEST_CASE("requests carry what the API wants and nothing else", "[registry]") {
  const auto token = build_get_authorization_token_request("cri-x");
  CHECK(token.method == "POST");
  CHECK(token.path == "/");
  CHECK(token.query == std::map<std::string, std::string>{{"InstanceId", "cri-x"}});
  CHECK(token.action == "GetAuthorizationToken");
  CHECK(token.version == "2018-12-01");
  const auto personal = build_personal_token_request();
  CHECK(personal.method == "GET");
  CHECK(personal.path == "/tokens");
  CHECK(personal.version == "2016-06-07");
  CHECK(personal.query.empty());
  const auto list = build_list_instance_endpoint_request("cri-x");
  CHECK(list.query == std::map<std::string, std::string>{{"InstanceId", "cri-x"}, {"ModuleName", "Registry"}});
}

TEST_CASE("a token is user, password and expiry", "[registry]") {
  const auto token = parse_get_authorization_token_response(answer(token_body("1795599600000")), kContext);
  REQUIRE(token);
  CHECK(token->username == "cr_temp_user");
  CHECK(token->password.reveal() == "tok-aaaa:bbbb");
  CHECK(token->request_id == "R1");
  REQUIRE(token->expires);
  CHECK(format_rfc3339(*token->expires) == "2026-11-25T09:40:00Z");
}

TEST_CASE("D-18 the expiry as text, in seconds, zero, negative or no number", "[registry]") {
  for (const auto* same : {"\"1795599600000\"", "1795599600", "\"1795599600\""}) {
    const auto token = parse_get_authorization_token_response(answer(token_body(same)), kContext);
    REQUIRE(token);
    CHECK(format_rfc3339(token->expires.value()) == "2026-11-25T09:40:00Z");
  }
  const auto unknown = parse_get_authorization_token_response(answer(token_body("0")), kContext);
  REQUIRE(unknown);
  CHECK_FALSE(unknown->expires);
  for (const auto* bad : {"-1", "null", "\"soon\"", "1e300", "9223372036854775807"}) {
    INFO(bad);
    const auto token = parse_get_authorization_token_response(answer(token_body(bad)), kContext);
    REQUIRE_FALSE(token);
    CHECK(token.error().kind == ErrorKind::Protocol);
    CHECK(token.error().message.find("bbbb") == std::string::npos);
  }
}

TEST_CASE("a success without a token is an error, never an empty password", "[registry]") {
  const auto token = parse_get_authorization_token_response(
      answer(R"({"IsSuccess":true,"Code":"success","RequestId":"R2"})"), kContext);
  REQUIRE_FALSE(token);
  CHECK(token.error().kind == ErrorKind::Protocol);
  CHECK(token.error().message.find("R2") != std::string::npos);
}

TEST_CASE("Personal Edition answers in its own way", "[registry]") {
  const auto token = parse_personal_token_response(
      answer(
          R"({"data":{"authorizationToken":"a:b","expireDate":1795599600000,"tempUserName":"cr_temp_user"},"requestId":"R3"})"),
      kContext);
  REQUIRE(token);
  CHECK(token->username == "cr_temp_user");
  CHECK(token->password.reveal() == "a:b");
  CHECK(token->request_id == "R3");
  CHECK_FALSE(parse_personal_token_response(answer(R"({"requestId":"R3"})"), kContext));
  CHECK_FALSE(parse_personal_token_response(answer(R"({"data":[]})"), kContext));
}

TEST_CASE("D-16 hosts are those of enabled endpoints, lower case, each once", "[registry]") {
  const auto hosts = parse_list_instance_endpoint_response(answer(R"({"IsSuccess":true,"Code":"success","Endpoints":[
    {"EndpointType":"internet","Enable":false,"Domains":[{"Domain":"shop-registry.cn-hangzhou.cr.aliyuncs.com","Type":"SYSTEM"}]},
    {"EndpointType":"vpc","Enable":true,"Domains":[{"Domain":"shop-registry-vpc.cn-hangzhou.cr.aliyuncs.com","Type":"SYSTEM"},
      {"Domain":"Images.Example.Test","Type":"USER"},{"Domain":"images.example.test","Type":"USER"},{"Domain":""},{"Domain":"a b"},{}]},
    {"EndpointType":"other","Domains":null}, 7]})"),
                                                           kContext);
  REQUIRE(hosts);
  CHECK(*hosts == std::vector<std::string>{"shop-registry-vpc.cn-hangzhou.cr.aliyuncs.com", "images.example.test"});
}

TEST_CASE("D-17 a list without a host is empty, not a host without a name", "[registry]") {
  for (const auto* body :
       {R"({"IsSuccess":true,"Endpoints":[]})", R"({"IsSuccess":true})", R"({"IsSuccess":true,"Endpoints":{}})"}) {
    const auto hosts = parse_list_instance_endpoint_response(answer(body), kContext);
    REQUIRE(hosts);
    CHECK(hosts->empty());
  }
}

TEST_CASE("every recorded answer of the registry parses as expected", "[registry]") {
  const auto fixture = fakes::read_json_fixture("alibaba/answers.json");
  int parsed = 0;
  for (const auto& entry : fixture["answers"].GetArray()) {
    const auto api = string_at(entry, "api");
    const auto response = answer(std::string(string_at(entry, "body")), entry["status"].GetUint());
    INFO(string_at(entry, "name"));
    const bool success = string_at(entry, "expect") == "success";
    if (api == "GetAuthorizationToken") {
      const bool personal = string_at(entry, "version") == "2016-06-07";
      const auto token = personal ? parse_personal_token_response(response, kContext)
                                  : parse_get_authorization_token_response(response, kContext);
      CHECK(token.has_value() == success);
      ++parsed;
    } else if (api == "ListInstanceEndpoint") {
      CHECK(parse_list_instance_endpoint_response(response, kContext).has_value() == success);
      ++parsed;
    }
  }
  CHECK(parsed > 20);
}

}  // namespace
}  // namespace acr::alibaba
