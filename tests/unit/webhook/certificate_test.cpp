// SPDX-License-Identifier: Apache-2.0
// When a replica makes itself a certificate, and what it serves meanwhile.
#include <catch2/catch.hpp>

#include "certs/rotation.hpp"
#include "desk.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "webhook/certificate_files.hpp"
#include "webhook/leaf_minter.hpp"

namespace acr::webhook {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
const certs::HostNames kNames = certs::names_of_service("kube-system", "acr-webhook");

certs::AuthoritySet authority(WallTime now = kNow) {
  return *certs::apply_rotation(std::nullopt, certs::RotationStep::Create, kNames, now);
}

ServedLeaf served_by(const certs::AuthoritySet& set, WallTime now = kNow) {
  return {.leaf = *certs::issue_leaf(set.signing, kNames, now), .signer_pem = set.signing.certificate_pem};
}

kube::SecretData secret(const certs::AuthoritySet& set, const std::string& version) {
  kube::SecretData object;
  object.meta.key = {"kube-system", kAuthoritySecret};
  object.meta.resource_version = version;
  object.data = certs::build_ca_secret(set);
  return object;
}

TEST_CASE("CRT-5: a leaf is renewed when a third of its life is left", "[webhook]") {
  const auto set = authority();
  const auto served = served_by(set);
  CHECK(plan_leaf(std::nullopt, set, kNames, kNow).mint);
  CHECK_FALSE(plan_leaf(served, set, kNames, kNow).mint);
  CHECK_FALSE(plan_leaf(served, set, kNames, kNow + 4 * 24h).mint);
  CHECK(plan_leaf(served, set, kNames, kNow + 5 * 24h).mint);
}

TEST_CASE("CRT-6: a switched CA signs at once; a next one does not sign yet", "[webhook]") {
  const auto set = authority();
  const auto next = *certs::apply_rotation(set, certs::RotationStep::AddNext, kNames, kNow);
  CHECK_FALSE(plan_leaf(served_by(set), next, kNames, kNow).mint);
  const auto switched = *certs::apply_rotation(next, certs::RotationStep::SwitchSigning, kNames, kNow);
  CHECK(plan_leaf(served_by(set), switched, kNames, kNow).mint);
}

TEST_CASE("CRT-3: an unfit CA signs nothing and says why", "[webhook]") {
  const auto set = authority();
  auto damaged = set;
  damaged.signing.key_pem = Secret("junk");
  const auto plan = plan_leaf(served_by(set), damaged, kNames, kNow);
  CHECK_FALSE(plan.mint);
  CHECK_THAT(plan.reason, Catch::Matchers::Contains("unparsable"));
  CHECK_FALSE(plan_leaf(std::nullopt, set, certs::names_of_host("elsewhere"), kNow).mint);
}

TEST_CASE("at the end of a CA's life no leaf is made that would end with the one before", "[webhook]") {
  const auto set = authority(kNow);
  const auto late = kNow + certs::kAuthorityLife - 24h;
  const auto served = served_by(set, late);
  CHECK_FALSE(plan_leaf(served, set, kNames, late + 23h).mint);
}

struct Holder {
  boost::asio::io_context io;
  Metrics metrics{"webhook"};
  kube::Store<kube::SecretData> authorities;
  ServingCertificate serving{"", "", metrics};
  LeafMinter minter{io.get_executor(), authorities, kNames, serving};
};

TEST_CASE("CRT-8: a certificate is swapped whole, and the one before serves until then", "[webhook]") {
  Holder holder;
  CHECK_FALSE(holder.serving.check(kNow));
  CHECK(holder.serving.context() == nullptr);
  holder.minter.renew_if_due(kNow);
  CHECK(holder.serving.context() == nullptr);

  holder.authorities.replace({secret(authority(), "1")});
  holder.minter.renew_if_due(kNow);
  CHECK(holder.serving.check(kNow));
  const auto first = holder.serving.context();
  REQUIRE(first != nullptr);
  holder.minter.renew_if_due(kNow + 1h);
  CHECK(holder.serving.context() == first);

  auto damaged = authority();
  damaged.signing.certificate_pem = "junk";
  holder.authorities.upsert(secret(damaged, "2"));
  holder.minter.renew_if_due(kNow + 2h);
  CHECK(holder.serving.context() == first);
  holder.authorities.erase({"kube-system", kAuthoritySecret}, "3");
  holder.minter.renew_if_due(kNow + 3h);
  CHECK(holder.serving.check(kNow + 3h));

  holder.authorities.upsert(secret(authority(), "4"));
  holder.minter.renew_if_due(kNow + 4h);
  CHECK(holder.serving.context() != first);
  CHECK_FALSE(holder.serving.check(kNow + 30 * 24h));
}

TEST_CASE("LW-28: files are taken as a pair, and half a pair waits for the other half", "[webhook]") {
  const fakes::TemporaryFolder folder;
  Metrics metrics("webhook");
  ServingCertificate serving("", "", metrics);
  CertificateFiles files(folder.path().string(), serving);
  files.reload();
  CHECK(serving.context() == nullptr);

  const auto set = authority();
  const auto first = *certs::issue_leaf(set.signing, kNames, kNow);
  folder.write("tls.crt", first.chain_pem);
  files.reload();
  CHECK(serving.context() == nullptr);
  folder.write("tls.key", first.key_pem.reveal());
  files.reload();
  const auto context = serving.context();
  CHECK(context != nullptr);

  const auto second = *certs::issue_leaf(set.signing, kNames, kNow);
  folder.write("tls.crt", second.chain_pem);
  files.reload();
  CHECK(serving.context() == context);
  folder.write("tls.key", second.key_pem.reveal());
  files.reload();
  CHECK(serving.context() != context);
}

TEST_CASE("SEC-6: a client CA that cannot be read is no reason to serve without one", "[webhook]") {
  Metrics metrics("webhook");
  ServingCertificate serving("/nonexistent/ca.crt", "", metrics);
  const auto leaf = *certs::issue_leaf(authority().signing, kNames, kNow);
  CHECK_FALSE(serving.use({.certificate_chain = leaf.chain_pem, .private_key = leaf.key_pem}));
  CHECK(serving.context() == nullptr);
}

}  // namespace
}  // namespace acr::webhook
