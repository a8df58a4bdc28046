// SPDX-License-Identifier: Apache-2.0
// Access keys in Secrets of our own namespace, as the API server hands them out or refuses to.
#include <catch2/catch.hpp>

#include "controller/cloud.hpp"
#include "tests/component/kube/fixture.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;

struct SecretReaderTest : kube::test::Fixture {
  Result<std::map<std::string, Secret>> read(const std::string& name) {
    return fakes::run(io, make_secret_reader(client, "acr-system")(name, async::deadline_in(5s)));
  }
};

}  // namespace

TEST_CASE_METHOD(SecretReaderTest, "a Secret of our own namespace is read by its name") {
  server.put("/api/v1/secrets",
             R"({"metadata":{"name":"other-account","namespace":"acr-system"},"data":{"access-key-id":"TFRBSQ=="}})");
  const auto secret = read("other-account");
  REQUIRE(secret);
  CHECK(secret->at("access-key-id").reveal() == "LTAI");
}

TEST_CASE_METHOD(SecretReaderTest, "SEC-2: a Secret that may not be read is refused with the rule that is missing") {
  server.before = [](const http::Request&) -> std::optional<Result<http::Response>> {
    return fakes::status_response(403, "Forbidden", "secrets \"other-account\" is forbidden");
  };
  const auto secret = read("other-account");
  REQUIRE_FALSE(secret);
  CHECK(secret.error().kind == ErrorKind::Denied);
  for (const auto* part :
       {"is forbidden", "put other-account into the chart's value credentialSecrets", "namespace acr-system",
        "verb get", "resourceNames [other-account]", "RoleBinding", "docs/configuration.md"}) {
    CHECK_THAT(secret.error().message, Catch::Contains(part));
  }
}

}  // namespace acr::controller
