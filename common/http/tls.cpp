// SPDX-License-Identifier: Apache-2.0
#include "common/http/tls.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "common/http/system_roots.hpp"
#include "common/http/tls_context.hpp"
#include "common/http/tls_sessions.hpp"

namespace acr::http {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

std::unique_ptr<BIO, FreeBio> memory_of(std::string_view text) {
  return std::unique_ptr<BIO, FreeBio>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// OpenSSL would ask for the password of an encrypted key on the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

std::unexpected<Error> unusable(std::string_view what) {
  return fail(ErrorKind::Invalid, fmt::format("cannot use {}: {}", what, openssl_reason()));
}

}  // namespace

std::string openssl_reason() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* text = ERR_reason_error_string(code);
  return text == nullptr ? "unknown reason" : text;
}

Result<std::vector<Certificate>> read_certificates(std::string_view pem, std::string_view what) {
  const auto bio = memory_of(pem);
  std::vector<Certificate> certificates;
  ERR_clear_error();
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr))
    certificates.emplace_back(certificate);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (at_end && certificates.empty()) {
    ERR_clear_error();
    return fail(ErrorKind::Invalid, fmt::format("cannot read {}: no PEM certificate in it", what));
  }
  if (!at_end)
    return fail(ErrorKind::Invalid, fmt::format("cannot read {}: certificate {} is broken: {}", what,
                                                certificates.size() + 1, openssl_reason()));
  ERR_clear_error();
  return certificates;
}

Result<void> trust_bundle(SSL_CTX* context, std::string_view bundle) {
  const auto certificates = read_certificates(bundle, "the CA bundle");
  if (!certificates) return fail(certificates.error());
  for (const auto& certificate : *certificates) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1) return unusable("the CA bundle");
  }
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

Result<void> use_pair(SSL_CTX* context, const KeyPair& pair) {
  auto chain = read_certificates(pair.certificate_chain, "the certificate");
  if (!chain) return fail(chain.error());
  const auto bio = memory_of(pair.private_key.reveal());
  const std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return unusable("the private key");
  if (SSL_CTX_use_certificate(context, chain->front().get()) != 1) return unusable("the certificate");
  for (std::size_t i = 1; i < chain->size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) != 1) return unusable("the certificate chain");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return unusable("the private key with this certificate");
  }
  return {};
}

void set_common_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
}

Result<TlsContext> make_client_tls(const ClientTrust& trust) {
  if (!trust.system_roots && trust.ca_bundle.empty()) {
    return fail(ErrorKind::Invalid, "cannot set up TLS: neither the system's roots nor a CA bundle is to be trusted");
  }
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
  SSL_CTX* const raw = context->native_handle();
  set_common_rules(raw);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  static constexpr unsigned char kAlpn[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(raw, kAlpn, sizeof(kAlpn) - 1);
  if (trust.system_roots) {
    if (const auto trusted = trust_system_roots(raw); !trusted) return fail(trusted.error());
  }
  if (!trust.ca_bundle.empty()) {
    if (const auto trusted = trust_bundle(raw, trust.ca_bundle); !trusted) return fail(trusted.error());
  }
  if (trust.client_pair) {
    if (const auto used = use_pair(raw, *trust.client_pair); !used) return fail(used.error());
  }
  if (trust.resume_sessions) keep_sessions(raw);
  return context;
}

}  // namespace acr::http
