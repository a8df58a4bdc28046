// SPDX-License-Identifier: Apache-2.0
// Certificates made on the spot for tests of TLS; written apart from the product's own certificate code on purpose.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/http/tls.hpp"

namespace acr::fakes {

struct LeafRequest {
  std::string common_name = "leaf";
  std::string alternative_names = "IP:127.0.0.1,DNS:localhost";  ///< in OpenSSL's notation; empty = none
  std::chrono::seconds starts{-3600};                            ///< from now
  std::chrono::seconds ends{3600};
};

/// A P-256 authority, valid for an hour around now.
class Authority {
 public:
  explicit Authority(const std::string& common_name) : Authority(common_name, nullptr) {}

  /// An authority below this one.
  [[nodiscard]] Authority intermediate(const std::string& common_name) const { return {common_name, this}; }
  [[nodiscard]] http::KeyPair issue(const LeafRequest& request = {}) const;
  [[nodiscard]] std::string pem() const;

 private:
  Authority(const std::string& common_name, const Authority* issuer);
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
};

/// A server context that presents a leaf of `authority`.
http::TlsContext server_tls(const Authority& authority, const LeafRequest& request = {});
/// A source of a client context that trusts `authority` alone.
http::TlsContextSource trust_in(const Authority& authority);

}  // namespace acr::fakes
