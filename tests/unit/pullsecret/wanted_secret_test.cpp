// SPDX-License-Identifier: Apache-2.0
// What is done about the Secret of our name, whatever stands there (WR-9).
#include "common/pullsecret/wanted_secret.hpp"

#include <catch2/catch.hpp>

#include "common/base/crypto.hpp"
#include "tests/unit/pullsecret/logins.hpp"

namespace acr::pullsecret {
namespace {

using Kind = SecretAction::Kind;

WantedSecret make_wanted(WallTime refreshed_at = kNow) {
  return build_wanted_secret("pull", build_docker_config({make_login("cri-a", {"a.test", "b.test"})}, kNow),
                             refreshed_at);
}

/// The Secret as it is after we have written `wanted`.
kube::SecretInfo written(const WantedSecret& wanted) {
  return {.key = {"web", wanted.name},
          .uid = "u",
          .resource_version = "7",
          .type = std::string(kube::kDockerConfigType),
          .managed = true,
          .annotations = {{std::string(kExpiresAtAnnotation), format_rfc3339(*wanted.earliest_expiry)}},
          .digest = wanted.digest,
          .registry_hosts = wanted.hosts};
}

TEST_CASE("the digest is that of the content") {
  const auto wanted = make_wanted();
  CHECK(wanted.digest == encode_hex(sha256(wanted.docker_config.reveal())));
}

TEST_CASE("a missing Secret is created, a right one left alone") {
  const auto wanted = make_wanted();
  CHECK(plan_secret(std::nullopt, wanted).kind == Kind::Create);
  CHECK(plan_secret(written(wanted), wanted).kind == Kind::None);
}

TEST_CASE("a newer time of refresh alone causes no write") {
  CHECK(plan_secret(written(make_wanted(kNow)), make_wanted(kLater)).kind == Kind::None);
}

TEST_CASE("our Secret with other content is updated in place") {
  const auto wanted = make_wanted();
  auto other_content = written(wanted);
  other_content.digest = "0";
  CHECK(plan_secret(other_content, wanted).kind == Kind::Update);
  auto emptied = written(wanted);
  emptied.digest.clear();
  CHECK(plan_secret(emptied, wanted).kind == Kind::Update);
  auto other_expiry = written(wanted);
  other_expiry.annotations.clear();
  CHECK(plan_secret(other_expiry, wanted).kind == Kind::Update);
  auto wrong_ends = written(wanted);
  wrong_ends.annotations.emplace(kOutlivesAnnotation, "0,600");
  CHECK(plan_secret(wrong_ends, wanted).kind == Kind::Update);
}

TEST_CASE("our Secret that cannot be updated is replaced") {
  const auto wanted = make_wanted();
  auto wrong_type = written(wanted);
  wrong_type.type = "Opaque";
  CHECK(plan_secret(wrong_type, wanted).kind == Kind::Replace);
  auto immutable = written(wanted);
  immutable.immutable = true;
  CHECK(plan_secret(immutable, wanted).kind == Kind::None);
  immutable.digest = "0";
  CHECK(plan_secret(immutable, wanted).kind == Kind::Replace);
}

TEST_CASE("a Secret without our label is adopted if its type fits, and the dropped hosts are named") {
  const auto wanted = make_wanted();
  auto foreign = written(wanted);
  foreign.managed = false;
  foreign.registry_hosts = {"z.test", "a.test", "old.test"};
  const auto action = plan_secret(foreign, wanted);
  CHECK(action.kind == Kind::Adopt);
  CHECK(action.dropped_hosts == std::vector<std::string>{"old.test", "z.test"});
  CHECK_FALSE(may_delete(foreign));
}

TEST_CASE("a Secret without our label that cannot be taken over is left alone") {
  const auto wanted = make_wanted();
  auto foreign = written(wanted);
  foreign.managed = false;
  foreign.type = "Opaque";
  CHECK(plan_secret(foreign, wanted).kind == Kind::Conflict);
  CHECK(plan_secret(foreign, wanted).reason.find("Opaque") != std::string::npos);
  foreign.type = std::string(kube::kDockerConfigType);
  foreign.immutable = true;
  CHECK(plan_secret(foreign, wanted).kind == Kind::Conflict);
}

TEST_CASE("a Secret that is being deleted is waited for") {
  const auto wanted = make_wanted();
  auto leaving = written(wanted);
  leaving.terminating = true;
  CHECK(plan_secret(leaving, wanted).kind == Kind::Wait);
}

}  // namespace
}  // namespace acr::pullsecret
