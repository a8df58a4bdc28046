// SPDX-License-Identifier: Apache-2.0
#include "verify.hpp"

#include <openssl/x509_vfy.h>

#include "certs/bundle.hpp"
#include "certs/openssl.hpp"

namespace acr::certs::test {

std::string verify(std::string_view chain_pem, std::string_view bundle_pem, const std::string& name, WallTime at) {
  using namespace openssl;
  const Owned<X509_STORE, X509_STORE_free> store(X509_STORE_new());
  for (const auto& block : split_bundle(bundle_pem)) X509_STORE_add_cert(store.get(), read_certificate(block)->get());
  const auto leaf = read_certificate(chain_pem);
  const Owned<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf->get(), nullptr);
  X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(wanted, std::chrono::system_clock::to_time_t(at));
  X509_VERIFY_PARAM_set_purpose(wanted, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) != 1)
    X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size());
  X509_verify_cert(context.get());
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

std::string print_certificate(std::string_view pem) {
  using namespace openssl;
  const auto certificate = read_certificate(pem);
  const Bio bio(BIO_new(BIO_s_mem()));
  X509_print(bio.get(), certificate->get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace acr::certs::test
