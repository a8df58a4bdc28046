// SPDX-License-Identifier: Apache-2.0
// CRT-6: at no moment of a rotation does an API server distrust a replica.
#include "certs/rotation.hpp"

#include <catch2/catch.hpp>

#include "verify.hpp"

namespace acr::certs {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = std::chrono::system_clock::from_time_t(1'800'000'000);
const HostNames kService = names_of_service("kube-system", "acr-webhook");
const WallTime kDue = kNow + kAuthorityLife * 2 / 3 + 2h;

AuthoritySet fresh() {
  return *apply_rotation(std::nullopt, RotationStep::Create, kService, kNow);
}
AuthoritySet with_next() {
  return *apply_rotation(fresh(), RotationStep::AddNext, kService, kDue);
}

TEST_CASE("CRT-6: nothing there means a CA is made", "[certs]") {
  CHECK(plan_rotation(std::nullopt, kService, WallTime{}, kNow).step == RotationStep::Create);
  const auto set = fresh();
  CHECK(set.bundle_pem == set.signing.certificate_pem);
  CHECK(plan_rotation(set, kService, WallTime{}, kNow).step == RotationStep::None);
}

TEST_CASE("CRT-6: a CA is replaced when a third of its life is left", "[certs]") {
  const auto calm = plan_rotation(fresh(), kService, WallTime{}, kNow);
  REQUIRE(calm.look_again);
  CHECK(*calm.look_again > kDue - 5h);
  CHECK(*calm.look_again < kDue);
  CHECK(plan_rotation(fresh(), kService, WallTime{}, kDue).step == RotationStep::AddNext);
}

TEST_CASE("CRT-6: signing is switched two minutes after every registration carried the new CA", "[certs]") {
  const auto set = with_next();
  CHECK(set.bundle_pem == set.signing.certificate_pem + set.next->certificate_pem);
  CHECK(plan_rotation(set, kService, std::nullopt, kDue + 24h).step == RotationStep::None);
  const auto waiting = plan_rotation(set, kService, kDue, kDue + 119s);
  CHECK(waiting.step == RotationStep::None);
  CHECK(waiting.look_again == kDue + 2min);
  CHECK(plan_rotation(set, kService, kDue, kDue + 2min).step == RotationStep::SwitchSigning);
}

TEST_CASE("CRT-6: the old CA stays until its last leaf has ended", "[certs]") {
  const auto before = with_next();
  const auto set = *apply_rotation(before, RotationStep::SwitchSigning, kService, kDue);
  CHECK(set.signing == *before.next);
  CHECK_FALSE(set.next);
  CHECK(bundle_contains(set.bundle_pem, before.signing.certificate_pem));
  CHECK(plan_rotation(set, kService, kDue, kDue + kLeafLife).step == RotationStep::None);
  CHECK(plan_rotation(set, kService, kDue, kDue + kLeafLife + kSwitchGrace).step == RotationStep::DropOld);
  const auto end = *apply_rotation(set, RotationStep::DropOld, kService, kDue);
  CHECK(end.bundle_pem == end.signing.certificate_pem);
  CHECK(plan_rotation(end, kService, kDue, kDue + kLeafLife + kSwitchGrace).step == RotationStep::None);
}

TEST_CASE("CRT-3: a broken signing CA is replaced at once, by the next one if that is known", "[certs]") {
  auto set = fresh();
  set.signing.key_pem = Secret("junk");
  CHECK(plan_rotation(set, kService, WallTime{}, kNow).step == RotationStep::Create);
  auto rotating = with_next();
  rotating.signing.key_pem = Secret("junk");
  CHECK(plan_rotation(rotating, kService, std::nullopt, kDue).step == RotationStep::SwitchSigning);
}

TEST_CASE("a Service that moved gets a new CA; replicas of the old name stay trusted", "[certs]") {
  const auto set = fresh();
  const auto renamed = names_of_service("registry", "acr-webhook");
  REQUIRE(plan_rotation(set, renamed, WallTime{}, kNow).step == RotationStep::Create);
  const auto next = *apply_rotation(set, RotationStep::Create, renamed, kNow);
  CHECK(bundle_contains(next.bundle_pem, set.signing.certificate_pem));
  CHECK(judge_ca(next.signing, renamed, kNow) == Verdict::Good);
}

TEST_CASE("a bundle edited by hand is repaired", "[certs]") {
  auto set = fresh();
  set.bundle_pem = make_ca(kNow, kService)->certificate_pem;
  CHECK(plan_rotation(set, kService, WallTime{}, kNow).step == RotationStep::DropOld);
  CHECK(apply_rotation(set, RotationStep::DropOld, kService, kNow)->bundle_pem == set.signing.certificate_pem);
  auto rotating = with_next();
  rotating.bundle_pem = rotating.signing.certificate_pem;
  CHECK(plan_rotation(rotating, kService, kDue, kDue + 1h).step == RotationStep::AddNext);
}

TEST_CASE("switching without a next CA is an error", "[certs]") {
  CHECK_FALSE(apply_rotation(fresh(), RotationStep::SwitchSigning, kService, kNow));
}

/// The Secret, an API server that learns a bundle `lag` late, and a replica that learns the Secret `lag` late.
struct Cluster {
  AuthoritySet secret = fresh();
  std::string published = secret.bundle_pem;
  WallTime published_at = kNow;
  std::string trusted = published;
  Leaf served = *issue_leaf(secret.signing, kService, kNow);
  CertificateAuthority signer = secret.signing;
  WallTime changed_at = kNow;
  int steps = 0;

  void advance(WallTime now, std::chrono::seconds lag) {
    const bool current = published == secret.bundle_pem;
    const auto plan = plan_rotation(secret, kService, current ? std::optional(published_at) : std::nullopt, now);
    if (plan.step != RotationStep::None) {
      secret = *apply_rotation(secret, plan.step, kService, now);
      changed_at = now;
      ++steps;
    }
    if (published != secret.bundle_pem) {
      published = secret.bundle_pem;
      published_at = now;
    }
    if (now - published_at >= lag) trusted = published;
    const bool knows = now - changed_at >= lag;
    if (knows && !(signer == secret.signing)) signer = secret.signing;
    const bool due = judge_leaf(served.chain_pem, served.key_pem, kService, now) != Verdict::Good;
    if (due || (knows && !(served_by(signer)))) served = *issue_leaf(signer, kService, now);
  }
  [[nodiscard]] bool served_by(const CertificateAuthority& ca) const {
    return bundle_contains(served.chain_pem, ca.certificate_pem);
  }
};

TEST_CASE("CRT-6: over two years, with a lag of up to 100 s, every handshake succeeds", "[certs]") {
  const auto lag = GENERATE(0s, 100s);
  Cluster cluster;
  WallTime now = kNow;
  const WallTime end = kNow + 2 * kAuthorityLife;
  while (now < end) {
    cluster.advance(now, lag);
    REQUIRE(test::verify(cluster.served.chain_pem, cluster.trusted, "acr-webhook.kube-system.svc", now) == "ok");
    // Small steps while a change is on its way, large ones in between.
    now += now - cluster.changed_at < 10min ? 20s : std::chrono::seconds(24h);
  }
  CHECK(cluster.steps >= 6);
}

}  // namespace
}  // namespace acr::certs
