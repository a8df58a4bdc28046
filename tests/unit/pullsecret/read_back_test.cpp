// SPDX-License-Identifier: Apache-2.0
#include "common/pullsecret/read_back.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/pullsecret/logins.hpp"

namespace acr::pullsecret {
namespace {

WantedSecret wanted(std::string json, std::vector<std::string> hosts) {
  return {.name = "s",
          .docker_config = Secret(std::move(json)),
          .earliest_expiry = {},
          .digest = {},
          .hosts = std::move(hosts)};
}

TEST_CASE("E-12 what is built reads back as it is meant") {
  for (const auto& logins :
       {std::vector<credentials::RegistryLogin>{},
        {make_login("cri-a", {"a.test", "*.b.test"}), make_login("cri-c", {"c.test:5000"}, R"(quote"back\slash)")}})
    CHECK(read_back(build_wanted_secret("s", build_docker_config(logins, kNow), kNow)));
}

TEST_CASE("E-12 what would spoil a pod is found, and told without a credential") {
  struct Row {
    const char* json;
    const char* why;
  };
  const auto row = GENERATE(
      as<Row>{}, Row{R"(no JSON)", "no docker config"}, Row{R"({"auths":[]})", "no docker config"},
      Row{R"({"auths":{"a.test":{"username":"u","password":"pw-hidden","auth":"%%%"}}})", "no base64"},
      Row{R"({"auths":{"a.test":{"username":"u","password":"pw-hidden","auth":""}}})", "has no user"},
      Row{R"({"auths":{"a.test":{"username":"u","password":"pw-hidden","auth":"dTpvbGQ="}}})", "another login"},
      Row{R"({"auths":{"b.test":{"username":"u","password":"old","auth":"dTpvbGQ="}}})", "hosts"},
      Row{R"({"auths":{}})", "hosts"});
  const auto result = read_back(wanted(row.json, {"a.test"}));
  REQUIRE_FALSE(result);
  CHECK_THAT(result.error().message, Catch::Contains(row.why));
  CHECK_THAT(result.error().message, !Catch::Contains("pw-hidden"));
}

}  // namespace
}  // namespace acr::pullsecret
