// SPDX-License-Identifier: Apache-2.0
// A signed server certificate as an OpenSSL object. For the files of this folder only.
#pragma once

#include "certs/template.hpp"

namespace acr::certs::openssl {

/// A serverAuth certificate for `names` with `subject_key`, signed by the CA.
Result<Certificate> sign_leaf(X509& ca, const Key& ca_key, const Key& subject_key, const HostNames& names,
                              WallTime not_before, WallTime not_after);

}  // namespace acr::certs::openssl
