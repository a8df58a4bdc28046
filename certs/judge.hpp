// SPDX-License-Identifier: Apache-2.0
// Is a certificate fit for its use at a given time (CRT-3)?
#pragma once

#include <string_view>

#include "certs/authority.hpp"

namespace acr::certs {

enum class Verdict {
  Good,
  RenewalDue,       ///< usable, but less than a third of its life is left
  Missing,          ///< no certificate or no key
  Unparsable,       ///< not PEM, not a certificate, not a key
  KeyMismatch,      ///< the key belongs to another certificate
  NotAuthority,     ///< a CA without CA:TRUE
  NamesNotCovered,  ///< a leaf without a wanted name, or a CA whose name constraints forbid one
  NotYetValid,
  Expired,
};

/// One snake_case word, for logs and metrics.
std::string_view to_string(Verdict verdict);
/// May it be used now?
inline bool is_usable(Verdict verdict) {
  return verdict == Verdict::Good || verdict == Verdict::RenewalDue;
}

Verdict judge_ca(const CertificateAuthority& ca, const HostNames& names, WallTime now);

/// Looks at the first certificate of `chain_pem`. Pass empty `names` where they are the user's own choice.
Verdict judge_leaf(std::string_view chain_pem, const Secret& key_pem, const HostNames& names, WallTime now);

/// Validity of the first certificate of a PEM text.
struct Validity {
  WallTime not_before;
  WallTime not_after;
};
Result<Validity> parse_validity(std::string_view certificate_pem);

/// "AA:BB:...": SHA-256 over the DER of the first certificate, to name a certificate in a log.
Result<std::string> fingerprint(std::string_view certificate_pem);

}  // namespace acr::certs
