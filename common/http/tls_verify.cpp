// SPDX-License-Identifier: Apache-2.0
#include "common/http/tls_verify.hpp"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

#include "common/base/text.hpp"
#include "common/http/transport.hpp"

namespace acr::http {

Result<void> expect_peer(SSL* ssl, const std::string& name) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(name, not_an_address);
  if (!not_an_address) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1) return {};
    return fail(ErrorKind::Invalid, fmt::format("cannot verify the address {}", printable(name)));
  }
  // The final dot of an absolute name is for the resolver; certificates and SNI have none.
  const auto bare = !name.empty() && name.back() == '.' ? name.substr(0, name.size() - 1) : name;
  // As in Go, a certificate is judged by its alternative names alone, never by its common name.
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (bare.empty() || SSL_set1_host(ssl, bare.c_str()) != 1 || SSL_set_tlsext_host_name(ssl, bare.c_str()) != 1) {
    return fail(ErrorKind::Invalid, fmt::format("cannot use \"{}\" as a TLS server name", printable(name)));
  }
  return {};
}

std::string handshake_reason(SSL* ssl, const boost::system::error_code& error) {
  const auto verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) return reason(error);
  return fmt::format("its certificate is not accepted: {}", X509_verify_cert_error_string(verdict));
}

}  // namespace acr::http
