// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/metadata.hpp"

#include <catch2/catch.hpp>

namespace acr::alibaba {
namespace {

const std::string kPage404 =
    "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html><head><title>404 - Not Found</title></head></html>";

http::Response answer(std::string body, unsigned status = 200) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

TEST_CASE("requests to the metadata service", "[metadata]") {
  const auto token = build_metadata_token_request(std::chrono::seconds(21600));
  CHECK(token.method == "PUT");
  CHECK(token.target == "/latest/api/token");
  CHECK(token.headers.get("x-aliyun-ecs-metadata-token-ttl-seconds") == "21600");
  CHECK(build_role_name_request(Secret()).target == "/latest/meta-data/ram/security-credentials/");
  CHECK_FALSE(build_role_name_request(Secret()).headers.has("X-aliyun-ecs-metadata-token"));
  CHECK(build_role_credentials_request("a b/..", Secret("t")).target ==
        "/latest/meta-data/ram/security-credentials/a%20b%2F..");
  CHECK(build_role_credentials_request("r", Secret("t")).headers.get("X-aliyun-ecs-metadata-token") == "t");
  CHECK(build_region_request(Secret()).target == "/latest/meta-data/region-id");
}

TEST_CASE("a session token, or none where version 2 is refused", "[metadata]") {
  CHECK(parse_metadata_token_response(answer("TOKENtoken==\n")).value()->reveal() == "TOKENtoken==");
  for (const unsigned status : {403u, 404u, 405u}) {
    const auto none = parse_metadata_token_response(answer(kPage404, status));
    REQUIRE(none);
    CHECK_FALSE(*none);
  }
  CHECK_FALSE(parse_metadata_token_response(answer("")));
  CHECK_FALSE(parse_metadata_token_response(answer("<html></html>")));
  CHECK_FALSE(parse_metadata_token_response(answer("a b")));
  CHECK_FALSE(parse_metadata_token_response(answer("", 500)));
}

TEST_CASE("D-06 a node without a RAM role", "[metadata]") {
  const auto role = parse_role_name_response(answer(kPage404, 404));
  REQUIRE_FALSE(role);
  CHECK(role.error().kind == ErrorKind::NotFound);
  CHECK(role.error().message.find("RAM role") != std::string::npos);
  CHECK(parse_role_name_response(answer(kPage404)).error().kind == ErrorKind::Protocol);
  CHECK(parse_role_name_response(answer("", 403)).error().kind == ErrorKind::Denied);
  CHECK(parse_role_name_response(answer("  \n")).error().kind == ErrorKind::Protocol);
  CHECK(parse_role_name_response(answer(" KubeWorkerRole-1\n")).value() == "KubeWorkerRole-1");
}

TEST_CASE("D-08 metadata answers 200 but not Success", "[metadata]") {
  CHECK(parse_role_credentials_response(answer(R"({"Code":"Failed"})"), "r").error().kind == ErrorKind::Protocol);
  const auto without_code = parse_role_credentials_response(
      answer(
          R"({"AccessKeyId":"STS.X","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2026-11-25T14:40:00Z"})"),
      "r");
  REQUIRE(without_code);
  CHECK(without_code->source == "worker role r");
  CHECK(format_rfc3339(without_code->expires.value()) == "2026-11-25T14:40:00Z");
  CHECK_FALSE(parse_role_credentials_response(
      answer(R"({"Code":"Success","AccessKeyId":"STS.X","Expiration":"2026-11-25T14:40:00Z"})"), "r"));
  CHECK_FALSE(parse_role_credentials_response(answer("[]"), "r"));
  CHECK_FALSE(parse_role_credentials_response(answer("{"), "r"));
  CHECK(parse_role_credentials_response(answer("", 404), "r").error().kind == ErrorKind::NotFound);
}

TEST_CASE("the region is a region id", "[metadata]") {
  CHECK(parse_region_response(answer("cn-hangzhou\n")).value() == "cn-hangzhou");
  CHECK_FALSE(parse_region_response(answer(kPage404)));
  CHECK_FALSE(parse_region_response(answer("", 404)));
}

TEST_CASE("the endpoint may be given with or without scheme and port", "[metadata]") {
  const auto check = [](std::string_view text, const std::string& host, int port) {
    INFO(text);
    const auto origin = parse_metadata_endpoint(text);
    REQUIRE(origin);
    CHECK(origin->scheme == "http");
    CHECK(origin->host == host);
    CHECK(origin->port == port);
  };
  check("http://100.100.100.200", "100.100.100.200", 80);
  check("http://127.0.0.1:8080/", "127.0.0.1", 8080);
  check("metadata.test:81", "metadata.test", 81);
  check("http://[::1]:9", "::1", 9);
  check("[::1]", "::1", 80);
  for (const auto* bad : {"", "https://x", "http://", "http://a/b", "http://a:0", "http://a:x", "a b", "http://[::1"}) {
    INFO(bad);
    CHECK_FALSE(parse_metadata_endpoint(bad));
  }
}

}  // namespace
}  // namespace acr::alibaba
