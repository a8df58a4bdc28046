// SPDX-License-Identifier: Apache-2.0
#include "webhook/leaf_plan.hpp"

#include <fmt/format.h>

namespace acr::webhook {
namespace {

using namespace std::chrono_literals;

/// Near the end of a CA's life a new leaf ends with the old one.
bool would_last_longer(const certs::Leaf& leaf, const certs::CertificateAuthority& ca, WallTime now) {
  const auto validity = certs::parse_validity(ca.certificate_pem);
  return validity && std::min<WallTime>(now + certs::kLeafLife, validity->not_after) > leaf.not_after + 1min;
}

}  // namespace

LeafPlan plan_leaf(const std::optional<ServedLeaf>& served, const certs::AuthoritySet& authority,
                   const certs::HostNames& names, WallTime now) {
  if (const auto verdict = certs::judge_ca(authority.signing, names, now); !certs::is_usable(verdict)) {
    return {.mint = false, .reason = fmt::format("the CA cannot sign: {}", certs::to_string(verdict))};
  }
  if (!served) return {.mint = true, .reason = "no certificate yet"};
  if (served->signer_pem != authority.signing.certificate_pem) return {.mint = true, .reason = "another CA signs now"};
  const auto verdict = certs::judge_leaf(served->leaf.chain_pem, served->leaf.key_pem, names, now);
  if (verdict == certs::Verdict::Good || !would_last_longer(served->leaf, authority.signing, now)) return {};
  return {.mint = true, .reason = fmt::format("the certificate: {}", certs::to_string(verdict))};
}

}  // namespace acr::webhook
