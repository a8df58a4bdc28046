// SPDX-License-Identifier: Apache-2.0
// Which hosts of a login are asked, and what their answers mean together.
#include "controller/credential_check/host_report.hpp"

#include <catch2/catch.hpp>

namespace acr::controller {
namespace {

using Names = std::vector<std::string>;

alibaba::RegistryChallenge challenge_of(std::string instance_id) {
  return {.realm = "https://dockerauth.cn-hangzhou.aliyuncs.com/auth",
          .service = "registry.aliyuncs.com:cn-hangzhou:china:" + instance_id,
          .region_id = "cn-hangzhou",
          .instance_id = instance_id};
}

HostReport host_with(HostAnswer answer) {
  return {.host = std::string(to_string(answer)) + ".example.test",
          .answer = answer,
          .detail = "because",
          .advice = "do it"};
}

}  // namespace

TEST_CASE("hosts are asked, patterns are not, and no more than a few", "[credential_check]") {
  CHECK(choose_asked_hosts({"*.cr.aliyuncs.com", "a.example.test", "b?.example.test", "c.example.test:5000"}) ==
        Names{"a.example.test", "c.example.test:5000"});
  CHECK(choose_asked_hosts(Names(kMaxAskedHosts + 1, "a")).size() == kMaxAskedHosts);
  CHECK(choose_asked_hosts({}).empty());
}

TEST_CASE("a registry host may name a port", "[credential_check]") {
  CHECK(parse_registry_host("a.example.test").value() == http::Origin{"https", "a.example.test", 443});
  CHECK(parse_registry_host("a.example.test:5000").value() == http::Origin{"https", "a.example.test", 5000});
  CHECK_FALSE(parse_registry_host("a.example.test:x"));
}

TEST_CASE("a host of another instance is told from one of this", "[credential_check]") {
  CHECK_FALSE(find_foreign_host("h", "cri-a", challenge_of("cri-a")));
  CHECK_FALSE(find_foreign_host("h", "", challenge_of("")));
  // A service that names no instance may still be this one's: its token service knows.
  CHECK_FALSE(find_foreign_host("h", "cri-a", challenge_of("")));
  for (const auto* configured : {"cri-a", ""}) {
    const auto foreign = find_foreign_host("h", configured, challenge_of("cri-b"));
    REQUIRE(foreign);
    CHECK(foreign->answer == HostAnswer::Foreign);
    CHECK(foreign->detail == "this host belongs to instance cri-b in cn-hangzhou");
    CHECK(foreign->advice.find("instanceId cri-b") != std::string::npos);
  }
}

TEST_CASE("a host that wants the login elsewhere is foreign", "[credential_check]") {
  auto challenge = challenge_of("cri-a");
  challenge.realm = "https://auth.example.com/token";
  const auto foreign = find_foreign_host("h", "cri-a", challenge);
  REQUIRE(foreign);
  CHECK(foreign->detail.find("auth.example.com") != std::string::npos);
}

TEST_CASE("only 401 and 403 are a refusal", "[credential_check]") {
  const auto refused = report_failed_login("h", "registry.x", {.kind = ErrorKind::Denied, .message = "no"});
  CHECK(refused.answer == HostAnswer::Refused);
  CHECK(refused.detail == "no; the host calls itself \"registry.x\"");
  CHECK_FALSE(refused.advice.empty());
  const auto unclear = report_failed_login("h", "registry.x", {.kind = ErrorKind::Timeout, .message = "late"});
  CHECK(unclear.answer == HostAnswer::Unclear);
  CHECK(unclear.detail == "late");
}

TEST_CASE("one host that takes the login is enough, unless another refuses it or is foreign", "[credential_check]") {
  const auto taken = host_with(HostAnswer::Taken);
  const auto refused = host_with(HostAnswer::Refused);
  const auto foreign = host_with(HostAnswer::Foreign);
  const auto unreachable = host_with(HostAnswer::Unreachable);
  const auto unclear = host_with(HostAnswer::Unclear);
  CHECK_FALSE(find_host_failure({}));
  CHECK_FALSE(find_host_failure({unreachable, unclear, taken}));
  const auto first = find_host_failure({taken, foreign, refused});
  REQUIRE(first);
  CHECK(first->kind == ErrorKind::Unauthenticated);
  CHECK(first->message == "refused.example.test refuses the login: because; do it");
  CHECK(first->advice == "do it");
  CHECK(find_host_failure({taken, foreign})->kind == ErrorKind::Invalid);
  const auto none = find_host_failure({unreachable, unclear});
  REQUIRE(none);
  CHECK(none->kind == ErrorKind::Unavailable);
  CHECK(none->message.find("(2) took the login; unreachable.example.test: because") != std::string::npos);
  CHECK_FALSE(none->advice.empty());
}

}  // namespace acr::controller
