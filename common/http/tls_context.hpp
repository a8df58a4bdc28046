// SPDX-License-Identifier: Apache-2.0
// PEM into OpenSSL contexts: what the client's and the server's contexts have in common. Only for tls*.cpp.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/tls.hpp"

namespace acr::http {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeX509>;

/// All certificates of `pem`, at least one. `what` names the text in errors (Invalid).
Result<std::vector<Certificate>> read_certificates(std::string_view pem, std::string_view what);

/// Anchors any certificate of `bundle`, intermediate ones too, as Go does (CPP-4).
Result<void> trust_bundle(SSL_CTX* context, std::string_view bundle);

/// Presents `pair`; a key that does not belong to the certificate is an Error (Invalid).
Result<void> use_pair(SSL_CTX* context, const KeyPair& pair);

/// TLS 1.2 or newer, no compression, no renegotiation.
void set_common_rules(SSL_CTX* context);

/// The newest error of OpenSSL's queue in words; empties the queue.
std::string openssl_reason();

}  // namespace acr::http
