// SPDX-License-Identifier: Apache-2.0
#include "common/pullsecret/kept_entries.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "common/base/base64.hpp"
#include "tests/unit/pullsecret/logins.hpp"

namespace acr::pullsecret {
namespace {

const WallTime kSoon = kNow + std::chrono::minutes{10};

WantedSecret wanted_of(const std::vector<credentials::RegistryLogin>& logins) {
  return build_wanted_secret("pull", build_docker_config(logins, kNow), kNow);
}

TEST_CASE("entries are kept as they were written, beside the new ones, each with its own end") {
  const auto dead = make_login("cri-dead", {"dead.test"}, "old:pass");
  const auto before = wanted_of({dead, make_login("cri-a", {"a.test"}, "old")});
  const auto now = wanted_of({make_login("cri-a", {"a.test"}, "new")});
  const auto merged = keep_entries(now, before.docker_config, {{"dead.test", kSoon}}, kNow);
  auto known = dead;
  known.expires = kSoon;
  const auto expected = wanted_of({make_login("cri-a", {"a.test"}, "new"), known});
  CHECK(merged.docker_config == expected.docker_config);
  CHECK(merged.digest == expected.digest);
  CHECK(merged.hosts == std::vector<std::string>{"a.test", "dead.test"});
  CHECK(merged.earliest_expiry == kSoon);
  CHECK(merged.ends == std::vector{kLater, kSoon});
  CHECK(merged.refreshed_at == now.refreshed_at);
}

TEST_CASE("only the hosts that are asked for are kept, and none that the new content has") {
  const auto before = wanted_of({make_login("cri-dead", {"dead.test", "other.test", "a.test"}, "old")});
  const auto now = wanted_of({make_login("cri-a", {"a.test"}, "new")});
  const std::vector<KeptEntry> asked{{"a.test", kLater}, {"absent.test", kLater}, {"dead.test", kLater}};
  const auto merged = keep_entries(now, before.docker_config, asked, kNow);
  CHECK(merged.hosts == std::vector<std::string>{"a.test", "dead.test"});
  CHECK(merged.docker_config.reveal().find(encode_base64("cr_temp_user:new")) != std::string_view::npos);
}

TEST_CASE("the entries of others are read as the node reads them, and bad ones would spoil the whole Secret") {
  const auto content = [](const std::string& entry) {
    return Secret(fmt::format(R"({{"auths":{{"dead.test":{}}}}})", entry));
  };
  const auto now = wanted_of({make_login("cri-a", {"a.test"})});
  const auto hosts_after = [&](const Secret& text) {
    return keep_entries(now, text, {{"dead.test", kLater}}, kNow).hosts.size();
  };
  CHECK(hosts_after(content(R"({"auth":")" + encode_base64("u:p:q") + "\"}")) == 2);
  CHECK(hosts_after(content(R"({"username":"u","password":"p"})")) == 2);
  for (const auto* bad : {R"({"auth":"%%%"})", R"({"auth":"dQ=="})", R"({"username":"u"})",
                          R"({"username":"a b","password":"p"})", "7", "{}"})
    CHECK(hosts_after(content(bad)) == 1);
  CHECK(hosts_after(Secret("{")) == 1);
  CHECK(hosts_after(Secret(R"({"auths":[]})")) == 1);
}

TEST_CASE("what has ended is not kept") {
  const auto before = wanted_of({make_login("cri-dead", {"dead.test"}), make_login("cri-late", {"late.test"})});
  const auto after =
      keep_entries(wanted_of({}), before.docker_config, {{"dead.test", kNow}, {"late.test", kLater}}, kNow);
  CHECK(after.hosts == std::vector<std::string>{"late.test"});
  CHECK(after.ends == std::vector{kLater});
}

}  // namespace
}  // namespace acr::pullsecret
