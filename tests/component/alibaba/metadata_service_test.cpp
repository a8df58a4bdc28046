// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "common/alibaba/metadata.hpp"
#include "tests/fakes/fake_cloud.hpp"
#include "tests/fakes/run.hpp"

namespace acr::alibaba {
namespace {

using fakes::FakeCloud;
using fakes::json_answer;

const std::string kRoleJson =
    R"({"Code":"Success","AccessKeyId":"STS.X","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2026-11-25T14:40:00Z"})";

struct MetadataTest {
  MetadataTest()
      : cloud([this](const FakeCloud::Call& call) -> std::optional<Result<http::Response>> {
          return answer(call.request);
        }) {}

  http::Response answer(const http::Request& request) {
    if (request.method == "PUT")
      return json_answer(token_status == 200 ? "token-" + std::to_string(++tokens) : "", token_status);
    const auto token = request.headers.get("X-aliyun-ecs-metadata-token");
    if (token.empty() ? hardened : token == refused) return json_answer("<html>403</html>", 403);
    if (request.target.ends_with("/region-id")) return json_answer("cn-hangzhou");
    return json_answer(request.target.ends_with('/') ? role : kRoleJson, role.empty() ? 404 : 200);
  }
  async::Deadline soon() { return async::deadline_in(std::chrono::seconds(2)); }

  boost::asio::io_context io;
  FakeCloud cloud;
  MetadataService metadata{cloud, parse_metadata_endpoint(kMetadataEndpoint).value()};
  unsigned token_status = 200;
  int tokens = 0;
  bool hardened = true;
  std::string refused;
  std::string role = "KubeWorkerRole";
};

TEST_CASE_METHOD(MetadataTest, "D-07 a session token is fetched first and used for all that follows", "[metadata]") {
  CHECK(fakes::run(io, metadata.fetch_region(soon())).value() == "cn-hangzhou");
  const auto credentials = fakes::run(io, metadata.fetch_role_credentials(soon()));
  REQUIRE(credentials);
  CHECK(credentials->source == "worker role KubeWorkerRole");
  CHECK(tokens == 1);
  CHECK(cloud.calls.front().request.method == "PUT");
  CHECK(cloud.calls.size() == 4);
  for (const auto& call : cloud.calls) {
    CHECK(http::to_string(call.origin) == "http://100.100.100.200");
    if (call.request.method == "GET") CHECK(call.request.headers.get("X-aliyun-ecs-metadata-token") == "token-1");
  }
}

TEST_CASE_METHOD(MetadataTest, "where version 2 is refused version 1 is used", "[metadata]") {
  token_status = 404;
  hardened = false;
  CHECK(fakes::run(io, metadata.fetch_role_credentials(soon())));
  for (const auto& call : cloud.calls) CHECK_FALSE(call.request.headers.has("X-aliyun-ecs-metadata-token"));
}

TEST_CASE_METHOD(MetadataTest, "a session token that is refused is renewed once", "[metadata]") {
  refused = "token-1";
  CHECK(fakes::run(io, metadata.fetch_role_credentials(soon())));
  CHECK(tokens == 2);
}

TEST_CASE_METHOD(MetadataTest, "a service that demands a token and gives none is an error, not a missing role",
                 "[metadata]") {
  token_status = 403;
  const auto credentials = fakes::run(io, metadata.fetch_role_credentials(soon()));
  REQUIRE_FALSE(credentials);
  CHECK(credentials.error().kind == ErrorKind::Denied);
}

TEST_CASE_METHOD(MetadataTest, "D-06 a node without a role says so", "[metadata]") {
  role.clear();
  CHECK(fakes::run(io, metadata.fetch_role_credentials(soon())).error().kind == ErrorKind::NotFound);
}

TEST_CASE_METHOD(MetadataTest, "no metadata service at all", "[metadata]") {
  cloud.answer = [](const FakeCloud::Call&) { return fail(ErrorKind::Unavailable, "connection refused"); };
  const auto region = fakes::run(io, metadata.fetch_region(soon()));
  REQUIRE_FALSE(region);
  CHECK(region.error().kind == ErrorKind::Unavailable);
  CHECK(region.error().message.find("100.100.100.200: connection refused") != std::string::npos);
  CHECK(region.error().message.find("network policy") != std::string::npos);
}

}  // namespace
}  // namespace acr::alibaba
