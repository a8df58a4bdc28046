// SPDX-License-Identifier: Apache-2.0
#include "certs/rotation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace acr::certs {
namespace {

RotationPlan step(RotationStep step, std::string reason) {
  return {.step = step, .reason = std::move(reason)};
}

std::string about(std::string_view which, Verdict verdict) {
  return fmt::format("{} CA: {}", which, to_string(verdict));
}

/// When the certificates beside the signing one are of no more use: their last leaf has ended, or they themselves have.
WallTime old_end(const AuthoritySet& set, const std::string& old_bundle) {
  const WallTime last_leaf = set.switched_at ? *set.switched_at + kLeafLife + kSwitchGrace : WallTime{};
  WallTime last_certificate{};
  for (const auto& block : split_bundle(old_bundle)) {
    if (const auto validity = parse_validity(block)) last_certificate = std::max(last_certificate, validity->not_after);
  }
  return std::min(last_leaf, last_certificate);
}

RotationPlan plan_with_next(const AuthoritySet& set, Verdict next, std::optional<WallTime> published_since,
                            WallTime now) {
  if (!is_usable(next) && next != Verdict::NotYetValid) return step(RotationStep::AddNext, about("next", next));
  if (!bundle_contains(set.bundle_pem, set.next->certificate_pem))
    return step(RotationStep::AddNext, "next CA: not in the bundle");
  if (!published_since) return step(RotationStep::None, "next CA: waits until every registration carries it");
  const WallTime known = *published_since + kPublishWait;
  if (now >= known && is_usable(next)) return step(RotationStep::SwitchSigning, "next CA: API servers know it");
  return {.reason = "next CA: waits until API servers know it",
          .look_again = std::max(known, now + std::chrono::seconds(1))};
}

WallTime renewal_time(const CertificateAuthority& ca) {
  const auto validity = parse_validity(ca.certificate_pem);
  return validity ? validity->not_after - (validity->not_after - validity->not_before) / 3 : WallTime{};
}

RotationPlan plan_alone(const AuthoritySet& set, Verdict signing, WallTime now) {
  if (!bundle_contains(set.bundle_pem, set.signing.certificate_pem)) {
    return step(RotationStep::DropOld, "bundle: lacks the signing CA");
  }
  if (signing == Verdict::RenewalDue) return step(RotationStep::AddNext, about("signing", signing));
  WallTime look_again = renewal_time(set.signing);
  if (const auto old = remove_from_bundle(set.bundle_pem, set.signing.certificate_pem); !old.empty()) {
    const WallTime end = old_end(set, old);
    if (now >= end) return step(RotationStep::DropOld, "old CA: its last leaf has ended");
    look_again = std::min(look_again, end);
  }
  return {.reason = about("signing", signing), .look_again = look_again};
}

std::string still_valid(std::string_view bundle, WallTime now) {
  std::string kept;
  for (const auto& block : split_bundle(bundle)) {
    const auto validity = parse_validity(block);
    if (validity && now < validity->not_after) kept += block;
  }
  return kept;
}

Result<AuthoritySet> create(const std::optional<AuthoritySet>& current, const HostNames& names, WallTime now) {
  auto ca = make_ca(now, names);
  if (!ca) return fail(std::move(ca.error()));
  AuthoritySet set{.signing = std::move(*ca), .bundle_pem = {}};
  const auto old =
      current ? still_valid(merge_bundle(current->bundle_pem, current->signing.certificate_pem), now) : std::string{};
  set.bundle_pem = merge_bundle(set.signing.certificate_pem, old);
  if (!old.empty()) set.switched_at = now;
  return set;
}

Result<AuthoritySet> add_next(AuthoritySet set, const HostNames& names, WallTime now) {
  auto ca = make_ca(now, names);
  if (!ca) return fail(std::move(ca.error()));
  if (set.next) set.bundle_pem = remove_from_bundle(set.bundle_pem, set.next->certificate_pem);
  set.next = std::move(*ca);
  set.bundle_pem = merge_bundle(set.bundle_pem, set.next->certificate_pem);
  return set;
}

AuthoritySet switch_signing(AuthoritySet set, WallTime now) {
  set.signing = std::move(*set.next);
  set.next.reset();
  set.bundle_pem = merge_bundle(set.signing.certificate_pem, set.bundle_pem);
  set.switched_at = now;
  return set;
}

AuthoritySet drop_old(AuthoritySet set) {
  set.bundle_pem = merge_bundle(set.signing.certificate_pem, "");
  set.switched_at.reset();
  return set;
}

}  // namespace

std::string_view to_string(RotationStep step) {
  switch (step) {
    case RotationStep::None:
      return "none";
    case RotationStep::Create:
      return "create";
    case RotationStep::AddNext:
      return "add_next";
    case RotationStep::SwitchSigning:
      return "switch_signing";
    case RotationStep::DropOld:
      return "drop_old";
  }
  return "unknown";
}

RotationPlan plan_rotation(const std::optional<AuthoritySet>& current, const HostNames& names,
                           std::optional<WallTime> published_since, WallTime now) {
  if (!current) return step(RotationStep::Create, "CA Secret: absent or unreadable");
  const Verdict signing = judge_ca(current->signing, names, now);
  const Verdict next = current->next ? judge_ca(*current->next, names, now) : Verdict::Missing;
  if (!is_usable(signing)) {
    return step(is_usable(next) ? RotationStep::SwitchSigning : RotationStep::Create, about("signing", signing));
  }
  if (current->next) return plan_with_next(*current, next, published_since, now);
  return plan_alone(*current, signing, now);
}

Result<AuthoritySet> apply_rotation(const std::optional<AuthoritySet>& current, RotationStep step,
                                    const HostNames& names, WallTime now) {
  if (step == RotationStep::Create || !current) return create(current, names, now);
  switch (step) {
    case RotationStep::AddNext:
      return add_next(*current, names, now);
    case RotationStep::SwitchSigning:
      if (!current->next) return fail(ErrorKind::Invalid, "CA rotation: there is no next CA to switch to");
      return switch_signing(*current, now);
    case RotationStep::DropOld:
      return drop_old(*current);
    default:
      return *current;
  }
}

}  // namespace acr::certs
