// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace acr::fakes {
namespace {

struct Subject {
  std::string common_name;
  std::chrono::seconds starts;
  std::chrono::seconds ends;
};

std::shared_ptr<EVP_PKEY> make_key() {
  return {EVP_EC_gen("P-256"), EVP_PKEY_free};
}

long next_serial() {
  static long serial = 1;
  return serial++;
}

void add_extension(X509* certificate, X509* issuer, int name, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, name, value.c_str());
  if (extension == nullptr) throw std::runtime_error("bad certificate extension: " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::shared_ptr<X509> make_certificate(const Subject& subject, EVP_PKEY* key) {
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), next_serial());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), subject.starts.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), subject.ends.count());
  X509_set_pubkey(certificate.get(), key);
  const auto* name = reinterpret_cast<const unsigned char*>(subject.common_name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, name, -1, -1, 0);
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  if (X509_sign(certificate, issuer_key, EVP_sha256()) == 0) throw std::runtime_error("cannot sign a certificate");
}

template <class Write>
std::string text_of(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  write(bio.get());
  char* start = nullptr;
  const auto length = BIO_get_mem_data(bio.get(), &start);
  return {start, static_cast<std::size_t>(length)};
}

std::string pem_of(X509* certificate) {
  return text_of([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
}

}  // namespace

Authority::Authority(const std::string& common_name, const Authority* issuer)
    : key_(make_key()),
      certificate_(make_certificate({common_name, std::chrono::hours(-1), std::chrono::hours(1)}, key_.get())) {
  X509* const signer = issuer == nullptr ? certificate_.get() : issuer->certificate_.get();
  add_extension(certificate_.get(), signer, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate_.get(), signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  sign(certificate_.get(), signer, issuer == nullptr ? key_.get() : issuer->key_.get());
}

std::string Authority::pem() const {
  return pem_of(certificate_.get());
}

http::KeyPair Authority::issue(const LeafRequest& request) const {
  const auto key = make_key();
  const auto certificate = make_certificate({request.common_name, request.starts, request.ends}, key.get());
  if (!request.alternative_names.empty()) {
    add_extension(certificate.get(), certificate_.get(), NID_subject_alt_name, request.alternative_names);
  }
  sign(certificate.get(), certificate_.get(), key_.get());
  auto private_key =
      text_of([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return {.certificate_chain = pem_of(certificate.get()) + pem(), .private_key = Secret(std::move(private_key))};
}

http::TlsContext server_tls(const Authority& authority, const LeafRequest& request) {
  auto context = http::make_server_tls(authority.issue(request));
  if (!context) throw std::runtime_error(context.error().message);
  return *context;
}

http::TlsContextSource trust_in(const Authority& authority) {
  auto context = http::make_client_tls({.ca_bundle = authority.pem()});
  if (!context) throw std::runtime_error(context.error().message);
  return [context = *context] { return context; };
}

}  // namespace acr::fakes
