// SPDX-License-Identifier: Apache-2.0
// The parts of a certificate before it is signed. For the files of this folder only.
#pragma once

#include "certs/names.hpp"
#include "certs/openssl.hpp"

namespace acr::certs::openssl {

/// A version 3 certificate with a random 128-bit serial, the subject CN `common_name` and the given validity and public
/// key.
Result<Certificate> begin_certificate(std::string_view common_name, WallTime not_before, WallTime not_after,
                                      const Key& subject_key);

/// Adds an extension in OpenSSL's configuration syntax, such as "critical,CA:TRUE,pathlen:0". `issuer` is for
/// authorityKeyIdentifier.
Result<void> add_extension(X509& certificate, X509& issuer, int nid, const char* value);

/// subjectAltName with all of `names`.
Result<void> add_alternative_names(X509& certificate, const HostNames& names);

/// Critical nameConstraints: permits `names`, and of the kind (DNS, IP) that `names` has none of, nothing at all.
Result<void> add_name_constraints(X509& certificate, const HostNames& names);

/// Signs with SHA-256.
Result<void> sign(X509& certificate, const Key& issuer_key);

}  // namespace acr::certs::openssl
