// SPDX-License-Identifier: Apache-2.0
// What the node reads out of the docker configs that we write.
#include "common/pullsecret/docker_config.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>

#include "common/base/base64.hpp"
#include "common/base/json.hpp"
#include "tests/unit/pullsecret/logins.hpp"

namespace acr::pullsecret {
namespace {

/// As kubelet reads it: `auth` wins over the other fields and is split at the first colon.
std::map<std::string, std::string> read_as_node(const DockerConfig& config) {
  const auto document = parse_json(config.json.reveal()).value();
  std::map<std::string, std::string> logins;
  for (const auto& entry : find_member(document, "auths")->GetObject()) {
    const auto pair = decode_base64(string_at(entry.value, "auth")).value();
    const auto colon = pair.find(':');
    CHECK(pair.substr(0, colon) == string_at(entry.value, "username"));
    CHECK(pair.substr(colon + 1) == string_at(entry.value, "password"));
    CHECK(entry.value.MemberCount() == 4);
    logins[entry.name.GetString()] = pair;
  }
  return logins;
}

TEST_CASE("each host of each login has an entry of four fields") {
  const auto config = build_docker_config({make_login("cri-a", {"a-vpc.example.com", "a.example.com:5000"}),
                                           make_login("cri-b", {"*.b.example.com"}, "other")},
                                          kNow);
  CHECK(read_as_node(config) == std::map<std::string, std::string>{{"*.b.example.com", "cr_temp_user:other"},
                                                                   {"a-vpc.example.com", "cr_temp_user:aaa:bbb:ccc"},
                                                                   {"a.example.com:5000", "cr_temp_user:aaa:bbb:ccc"}});
  CHECK(config.hosts == std::vector<std::string>{"*.b.example.com", "a-vpc.example.com", "a.example.com:5000"});
  CHECK(config.earliest_expiry == kLater);
  CHECK(config.clashes.empty());
  CHECK(config.left_out.empty());
}

TEST_CASE("the text does not depend on the order of logins and hosts") {
  const auto one =
      build_docker_config({make_login("cri-a", {"a.test", "b.test"}), make_login("cri-c", {"c.test"})}, kNow);
  const auto two =
      build_docker_config({make_login("cri-c", {"c.test"}), make_login("cri-a", {"b.test", "a.test"})}, kNow);
  CHECK(one.json == two.json);
}

TEST_CASE("no login gives an empty but legal docker config") {
  const auto config = build_docker_config({}, kNow);
  CHECK(config.json.reveal() == R"({"auths":{}})");
  CHECK_FALSE(config.earliest_expiry);
}

TEST_CASE("a login that is dead at this very moment is left out") {
  const auto config =
      build_docker_config({make_login("cri-a", {"a.test"}, "old", kNow), make_login("cri-b", {"b.test"})}, kNow);
  CHECK(config.hosts == std::vector<std::string>{"b.test"});
  CHECK(config.earliest_expiry == kLater);
  CHECK(config.left_out ==
        std::vector<DockerConfig::LeftOut>{{"cri-a@cn-hangzhou", "expired at 2026-03-01T12:00:00Z"}});
}

TEST_CASE("a malformed login would spoil every pull of the namespace and is left out") {
  auto bad_user = make_login("cri-a", {"a.test"});
  bad_user.username = "user:name";
  auto no_user = make_login("cri-b", {"b.test"});
  no_user.username.clear();
  const auto config =
      build_docker_config({bad_user, no_user, make_login("cri-c", {"c.test"}, "line\nbreak"),
                           make_login("cri-d", {"d.test"}, ""), make_login("cri-e", {"e.test/path", "e.test"})},
                          kNow);
  CHECK(config.hosts == std::vector<std::string>{"e.test"});
  REQUIRE(config.left_out.size() == 5);
  for (const auto& left : config.left_out) CHECK(left.reason.find("line") == std::string::npos);
}

TEST_CASE("two logins claim one host: the first in configuration order has it") {
  const auto config =
      build_docker_config({make_login("cri-a", {"shared.test"}, "first"),
                           make_login("cri-b", {"shared.test"}, "second", kNow + std::chrono::minutes{1})},
                          kNow);
  CHECK(read_as_node(config) == std::map<std::string, std::string>{{"shared.test", "cr_temp_user:first"}});
  REQUIRE(config.clashes.size() == 1);
  CHECK(config.clashes[0].host == "shared.test");
  CHECK(config.clashes[0].kept_instance == "cri-a@cn-hangzhou");
  CHECK(config.clashes[0].dropped_instance == "cri-b@cn-hangzhou");
  // The loser has no entry, so its end does not matter.
  CHECK(config.earliest_expiry == kLater);
}

TEST_CASE("the earliest end of an entry counts") {
  const auto soon = kNow + std::chrono::minutes{10};
  const auto config =
      build_docker_config({make_login("cri-a", {"a.test"}), make_login("cri-b", {"b.test"}, "x", soon)}, kNow);
  CHECK(config.earliest_expiry == soon);
}

TEST_CASE("quotes and backslashes in a password are written as JSON") {
  const auto config = build_docker_config({make_login("cri-a", {"a.test"}, R"(a"b\c)")}, kNow);
  CHECK(read_as_node(config) == std::map<std::string, std::string>{{"a.test", R"(cr_temp_user:a"b\c)"}});
}

credentials::RegistryLogin by_rule(const std::string& id, const std::string& password = "rule") {
  auto login = make_login(id, {"*-registry.cn-hangzhou.cr.aliyuncs.com", "*-registry-vpc.cn-hangzhou.cr.aliyuncs.com"},
                          password);
  login.hosts_from = credentials::HostsFrom::NameRule;
  return login;
}

TEST_CASE("patterns of the name rule give way to the same host of an item, wherever that stands") {
  const auto config = build_docker_config(
      {by_rule("cri-a"), make_login("cri-b", {"*-registry.cn-hangzhou.cr.aliyuncs.com"}, "own")}, kNow);
  CHECK(read_as_node(config) ==
        std::map<std::string, std::string>{{"*-registry.cn-hangzhou.cr.aliyuncs.com", "cr_temp_user:own"},
                                           {"*-registry-vpc.cn-hangzhou.cr.aliyuncs.com", "cr_temp_user:rule"}});
  CHECK(config.clashes == std::vector<DockerConfig::Clash>{
                              {"*-registry.cn-hangzhou.cr.aliyuncs.com", "cri-b@cn-hangzhou", "cri-a@cn-hangzhou"}});
}

TEST_CASE("of two instances of a region that only have the name rule the first is served, and that is told") {
  const auto config = build_docker_config({by_rule("cri-a", "first"), by_rule("cri-b", "second")}, kNow);
  for (const auto& [host, pair] : read_as_node(config)) CHECK(pair == "cr_temp_user:first");
  REQUIRE(config.clashes.size() == 2);
  CHECK(config.clashes[0].dropped_instance == "cri-b@cn-hangzhou");
}

TEST_CASE("of what a Secret cannot hold the last logins are left out whole, and named without their content") {
  std::vector<credentials::RegistryLogin> logins;
  for (int i = 0; i < 30; ++i) {
    std::vector<std::string> hosts;
    for (int host = 0; host < 40; ++host) hosts.push_back(fmt::format("host-{}-{}.example.com", i, host));
    logins.push_back(make_login(fmt::format("cri-{}", i), hosts, std::string(500, 'p')));
  }
  const auto config = build_docker_config(logins, kNow);
  CHECK(config.json.size() <= kMaxDockerConfigBytes);
  const auto kept = config.hosts.size() / 40;
  CHECK(config.hosts.size() == kept * 40);
  CHECK(kept > 10);
  CHECK(build_docker_config({logins.begin(), logins.begin() + static_cast<int>(kept)}, kNow).json == config.json);
  REQUIRE(config.left_out.size() == 30 - kept);
  CHECK(config.left_out.front().instance == fmt::format("cri-{}@cn-hangzhou", kept));
  for (const auto& left : config.left_out) CHECK(left.reason.find("ppp") == std::string::npos);
  logins.resize(kept + 1);
  CHECK(build_docker_config(logins, kNow).left_out.size() == 1);
}

TEST_CASE("a login that fits nowhere leaves an empty docker config") {
  std::vector<std::string> hosts;
  for (int i = 0; i < 1200; ++i) hosts.push_back(fmt::format("host-{}.example.com", i));
  const auto config = build_docker_config({make_login("cri-a", hosts, std::string(500, 'p'))}, kNow);
  CHECK(config.json.reveal() == R"({"auths":{}})");
  CHECK(config.left_out.size() == 1);
}

}  // namespace
}  // namespace acr::pullsecret
