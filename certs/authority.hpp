// SPDX-License-Identifier: Apache-2.0
// Makes the webhook's certificate authority and the leaves that it signs. Pure but for the random numbers of OpenSSL.
#pragma once

#include <chrono>
#include <string>

#include "certs/names.hpp"
#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/base/time.hpp"

namespace acr::certs {

inline constexpr std::chrono::hours kAuthorityLife{365 * 24};
inline constexpr std::chrono::hours kLeafLife{7 * 24};
/// Certificates begin this much before `now`, for API servers whose clock is behind (CRT-4).
inline constexpr std::chrono::hours kBackdate{1};

struct CertificateAuthority {
  std::string certificate_pem;
  Secret key_pem;

  friend bool operator==(const CertificateAuthority&, const CertificateAuthority&) = default;
};

/// A server certificate with its chain (leaf first, then its CA) and its key.
struct Leaf {
  std::string chain_pem;
  Secret key_pem;
  WallTime not_before;
  WallTime not_after;
};

/// A new self-signed CA: ECDSA P-256, one year, pathlen 0, random 128-bit serial, and name constraints that permit
/// `names` and nothing else, so that a stolen CA key vouches for no other host.
Result<CertificateAuthority> make_ca(WallTime now, const HostNames& names);

/// A new serverAuth certificate for `names`, signed by `ca`; it ends at now + life or with its CA, whichever is first
/// (CRT-3). Errors (Invalid): the CA's PEM cannot be read, its key does not belong to it, or it has already ended.
Result<Leaf> issue_leaf(const CertificateAuthority& ca, const HostNames& names, WallTime now,
                        std::chrono::seconds life = kLeafLife);

}  // namespace acr::certs
