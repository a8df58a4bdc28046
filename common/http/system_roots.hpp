// SPDX-License-Identifier: Apache-2.0
// The system's root certificates, read when a chain needs one. Only for tls*.cpp.
#pragma once

#include <openssl/ssl.h>

#include "common/base/error.hpp"

namespace acr::http {

/// Trusts what OpenSSL trusts by default (the files of SSL_CERT_FILE and SSL_CERT_DIR or the places it was built for),
/// but keeps in memory only the roots that some chain ended at. Reading all 140 takes OpenSSL 3.0 a megabyte and 50 ms,
/// nearly all of it for their keys; looking through their subjects takes 3 ms. The file is read anew for each unknown
/// issuer, so that an update of the system counts at once.
Result<void> trust_system_roots(SSL_CTX* context);

}  // namespace acr::http
