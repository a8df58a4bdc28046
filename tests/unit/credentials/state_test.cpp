// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/state.hpp"

#include <catch2/catch.hpp>

namespace acr::credentials {
namespace {

RegistryLogin sample_login(const std::string& instance) {
  return {.instance_id = instance,
          .region_id = "cn-hangzhou",
          .hosts = {"a-registry.cn-hangzhou.cr.aliyuncs.com", "registry-vpc.*.aliyuncs.com"},
          .username = "cr_temp_user",
          .password = Secret("eyJ:\"\\hidden"),
          .issued = parse_rfc3339("2026-01-02T03:00:00Z").value(),
          .expires = parse_rfc3339("2026-01-02T04:00:00Z").value(),
          .instance_key = build_instance_key(instance, "cn-hangzhou")};
}

std::map<std::string, Secret> stored(const std::string& configuration, const std::string& logins) {
  return {{"configuration", Secret(std::string(configuration))}, {"logins", Secret(std::string(logins))}};
}

TEST_CASE("what is stored comes back", "[state]") {
  const State state{.configuration = std::map<std::string, std::string>{{"service-account", "*"},
                                                                        {"acr-registry-info", "- a: \"x\"\n\t"}},
                    .logins = {sample_login("cri-a"), sample_login("")},
                    .region = "cn-hangzhou"};
  const auto encoded = encode_state(state);
  CHECK(encoded.problems.empty());
  const auto decoded = decode_state(encoded.data);
  CHECK(decoded.problems.empty());
  CHECK(decoded.state.configuration == state.configuration);
  CHECK(decoded.state.logins == state.logins);
  CHECK(decoded.state.region == "cn-hangzhou");
}

TEST_CASE("a stored region that cannot be one is ignored", "[state]") {
  CHECK(decode_state({{"region", Secret("cn hangzhou\n")}}).state.region.empty());
}

TEST_CASE("an empty Secret is an empty state", "[state]") {
  const auto decoded = decode_state({});
  CHECK(decoded.problems.empty());
  CHECK_FALSE(decoded.state.configuration);
  CHECK(decoded.state.logins.empty());
  const auto empty_map =
      decode_state(encode_state({.configuration = std::map<std::string, std::string>{}, .logins = {}}).data);
  REQUIRE(empty_map.state.configuration);
  CHECK(empty_map.state.configuration->empty());
}

TEST_CASE("a broken part does not cost the others", "[state]") {
  const auto good =
      encode_state({.configuration = std::map<std::string, std::string>{{"k", "v"}}, .logins = {sample_login("cri-a")}})
          .data;
  const auto logins = std::string(good.at("logins").reveal());
  const auto configuration = std::string(good.at("configuration").reveal());

  for (const auto* damage : {"", "{", "[]", "7", "{\"k\":1}", "\xff"}) {
    INFO(damage);
    const auto decoded = decode_state(stored(damage, logins));
    CHECK_FALSE(decoded.state.configuration);
    CHECK(decoded.state.logins.size() == 1);
    CHECK(decoded.problems.size() == 1);
  }
  for (const auto* damage : {"", "{}", "[", "null"}) {
    INFO(damage);
    const auto decoded = decode_state(stored(configuration, damage));
    CHECK(decoded.state.configuration);
    CHECK(decoded.state.logins.empty());
    CHECK(decoded.problems.size() == 1);
  }
  const auto mixed = decode_state(stored(configuration, "[7,{}," + logins.substr(1)));
  CHECK(mixed.state.logins.size() == 1);
  CHECK(mixed.problems.size() == 2);
}

TEST_CASE("a stored login without sense is dropped, and its content is not quoted", "[state]") {
  const auto good =
      std::string(encode_state({.configuration = {}, .logins = {sample_login("cri-a")}}).data.at("logins").reveal());
  for (const std::string field : {"instanceKey", "username", "password", "issued", "expires", "hosts"}) {
    INFO(field);
    auto damaged = good;
    damaged.replace(damaged.find(field), field.size(), "nothing");
    const auto decoded = decode_state(stored("{}", damaged));
    CHECK(decoded.state.logins.empty());
    REQUIRE(decoded.problems.size() == 1);
    CHECK(decoded.problems[0].message.find("hidden") == std::string::npos);
  }
}

TEST_CASE("every prefix of a stored state is read without harm", "[state]") {
  const auto good =
      encode_state({.configuration = std::map<std::string, std::string>{{"k", "v"}}, .logins = {sample_login("cri-a")}})
          .data;
  const auto logins = std::string(good.at("logins").reveal());
  for (std::size_t length = 0; length < logins.size(); ++length) {
    const auto decoded = decode_state(stored(logins.substr(0, length), logins.substr(0, length)));
    CHECK(decoded.state.logins.empty());
    CHECK(decoded.problems.size() == 2);
  }
}

TEST_CASE("the state always fits into a Secret, logins before configuration", "[state]") {
  const State state{.configuration = std::map<std::string, std::string>{{"k", std::string(999'990, 'x')}},
                    .logins = {sample_login("cri-a")}};
  const auto encoded = encode_state(state);
  CHECK(encoded.data.contains("logins"));
  CHECK_FALSE(encoded.data.contains("configuration"));
  CHECK(encoded.problems.size() == 1);

  auto huge = sample_login("cri-b");
  huge.password = Secret(std::string(1'100'000, 'p'));
  const auto without_logins =
      encode_state({.configuration = std::map<std::string, std::string>{{"k", "v"}}, .logins = {huge}});
  CHECK_FALSE(without_logins.data.contains("logins"));
  CHECK(without_logins.data.contains("configuration"));
}

}  // namespace
}  // namespace acr::credentials
