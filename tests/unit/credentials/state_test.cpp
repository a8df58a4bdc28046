// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/state.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace acr::credentials {
namespace {

RegistryLogin sample_login(const std::string& instance) {
  return {.instance_id = instance,
          .region_id = "cn-hangzhou",
          .hosts = {"a-registry.cn-hangzhou.cr.aliyuncs.com", "registry-vpc.*.aliyuncs.com"},
          .hosts_from = HostsFrom::Configuration,
          .username = "cr_temp_user",
          .password = Secret("eyJ:\"\\hidden"),
          .issued = parse_rfc3339("2026-01-02T03:00:00Z").value(),
          .expires = parse_rfc3339("2026-01-02T04:00:00Z").value(),
          .instance_key = build_instance_key(instance, "cn-hangzhou"),
          .identity = "0123456789abcdef"};
}

using Data = std::map<std::string, std::string>;

std::map<std::string, Secret> stored(const std::string& configuration, const std::string& logins) {
  return {{"configuration", Secret(std::string(configuration))}, {"logins", Secret(std::string(logins))}};
}

TEST_CASE("what is stored comes back", "[state]") {
  const State state{.texts = {.accepted = Data{{"service-account", "*"}, {"acr-registry-info", "- a: \"x\"\n\t"}}},
                    .logins = {sample_login("cri-a"), sample_login("")},
                    .region = "cn-hangzhou",
                    .clock = alibaba::ClockReading{.boot_id = "b", .boot = std::chrono::hours(1), .cloud = {}}};
  const auto encoded = encode_state(state);
  const auto decoded = decode_state(encoded.data);
  CHECK(decoded.problems.empty());
  CHECK(decoded.state.clock == state.clock);
  CHECK(decoded.state.texts == state.texts);
  CHECK(decoded.state.logins == state.logins);
  CHECK(decoded.state.region == "cn-hangzhou");
}

TEST_CASE("a stored region that cannot be one is ignored", "[state]") {
  CHECK(decode_state({{"region", Secret("cn hangzhou\n")}}).state.region.empty());
}

TEST_CASE("a stored time of the cloud that cannot be read is dropped and told", "[state]") {
  const auto decoded = decode_state({{"clock", Secret("b soon 2026")}});
  CHECK_FALSE(decoded.state.clock);
  CHECK(decoded.problems.size() == 1);
}

TEST_CASE("an empty Secret is an empty state", "[state]") {
  const auto decoded = decode_state({});
  CHECK(decoded.problems.empty());
  CHECK(decoded.state.texts == config::Remembered{});
  CHECK(decoded.state.logins.empty());
}

TEST_CASE("a broken part does not cost the others", "[state]") {
  const auto good = encode_state({.texts = {.accepted = Data{{"k", "v"}}}, .logins = {sample_login("cri-a")}}).data;
  const auto logins = std::string(good.at("logins").reveal());
  const auto configuration = std::string(good.at("configuration").reveal());

  for (const auto* damage : {"", "{", "[]", "7", "{\"k\":1}", "\xff"}) {
    INFO(damage);
    const auto decoded = decode_state(stored(damage, logins));
    CHECK_FALSE(decoded.state.texts.accepted);
    CHECK(decoded.state.logins.size() == 1);
    CHECK(decoded.problems.size() == 1);
  }
  for (const auto* damage : {"", "{}", "[", "null"}) {
    INFO(damage);
    const auto decoded = decode_state(stored(configuration, damage));
    CHECK(decoded.state.texts.accepted);
    CHECK(decoded.state.logins.empty());
    CHECK(decoded.problems.size() == 1);
  }
  const auto mixed = decode_state(stored(configuration, "[7,{}," + logins.substr(1)));
  CHECK(mixed.state.logins.size() == 1);
  CHECK(mixed.problems.size() == 2);
}

TEST_CASE("a stored login without sense is dropped, and its content is not quoted", "[state]") {
  const auto good = std::string(encode_state({.logins = {sample_login("cri-a")}}).data.at("logins").reveal());
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
  const auto good = encode_state({.texts = {.accepted = Data{{"k", "v"}}}, .logins = {sample_login("cri-a")}}).data;
  const auto logins = std::string(good.at("logins").reveal());
  for (std::size_t length = 0; length < logins.size(); ++length) {
    const auto decoded = decode_state(stored(logins.substr(0, length), logins.substr(0, length)));
    CHECK(decoded.state.logins.empty());
    CHECK(decoded.problems.size() == 2);
  }
}

/// Bytes as a token has them, which compress badly.
std::string token(std::size_t size, std::mt19937& random) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text(size, ' ');
  for (auto& c : text) c = kAlphabet[random() % kAlphabet.size()];
  return text;
}

std::vector<RegistryLogin> many_logins(std::size_t count, std::size_t token_size) {
  std::mt19937 random(3);
  std::vector<RegistryLogin> logins;
  for (std::size_t i = 0; i < count; ++i) {
    auto login = sample_login("cri-" + token(16, random));
    login.password = Secret(token(token_size, random));
    login.expires += std::chrono::seconds(random() % 3600);
    logins.push_back(std::move(login));
  }
  return logins;
}

std::size_t size_of(const EncodedState& encoded) {
  std::size_t size = 0;
  for (const auto& [key, value] : encoded.data) size += value.size();
  return size;
}

TEST_CASE("a configuration of 5,000 instances and its logins are there after a restart", "[state]") {
  Data data{{"acr-registry-info", ""}};
  auto logins = many_logins(5000, 64);
  for (const auto& login : logins)
    data["acr-registry-info"] += "- instanceId: " + login.instance_id + "\n  regionId: cn-hangzhou\n";
  const State state{.texts = {.accepted = data}, .logins = std::move(logins), .region = "cn-hangzhou"};
  const auto encoded = encode_state(state);
  CHECK_FALSE(encoded.configuration_left_out);
  CHECK(encoded.logins_left_out == 0);
  CHECK(size_of(encoded) < 1024UL * 1024);
  const auto decoded = decode_state(encoded.data);
  CHECK(decoded.problems.empty());
  CHECK(decoded.state.texts == state.texts);
  const auto by_key = [](const RegistryLogin& a, const RegistryLogin& b) { return a.instance_id < b.instance_id; };
  auto restored = decoded.state.logins;
  auto given = state.logins;
  std::sort(restored.begin(), restored.end(), by_key);
  std::sort(given.begin(), given.end(), by_key);
  CHECK(restored == given);
}

TEST_CASE("of too many logins those are kept that live longest, beside the whole configuration", "[state]") {
  const State state{.texts = {.accepted = Data{{"k", "v"}}}, .logins = many_logins(3000, 900)};
  const auto encoded = encode_state(state);
  CHECK(size_of(encoded) < 1024UL * 1024);
  const auto decoded = decode_state(encoded.data);
  CHECK(decoded.state.texts == state.texts);
  const auto kept = decoded.state.logins.size();
  CHECK(kept > 1000);
  CHECK(encoded.logins_left_out == 3000 - kept);
  auto ends = std::vector<WallTime>{};
  for (const auto& login : state.logins) ends.push_back(login.expires);
  std::sort(ends.rbegin(), ends.rend());
  for (const auto& login : decoded.state.logins) CHECK(login.expires >= ends[kept - 1]);
}

TEST_CASE("a login that fits nowhere is left out alone", "[state]") {
  std::mt19937 random(5);
  auto huge = sample_login("cri-b");
  huge.password = Secret(token(2'000'000, random));
  const auto encoded = encode_state({.texts = {.accepted = Data{{"k", "v"}}}, .logins = {huge}});
  CHECK(encoded.data.contains("configuration"));
  CHECK_FALSE(encoded.data.contains("logins"));
  CHECK(encoded.logins_left_out == 1);
}

}  // namespace
}  // namespace acr::credentials
