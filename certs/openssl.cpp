// SPDX-License-Identifier: Apache-2.0
#include "certs/openssl.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>

namespace acr::certs::openssl {
namespace {

int refuse_pass_phrase(char*, int, int, void*) {
  return 0;
}

Bio reader_over(std::string_view pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::string_view written(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

std::unexpected<Error> failure(std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return fail(ErrorKind::Invalid, fmt::format("{}: {}", what, reason != nullptr ? reason : "unknown reason"));
}

Result<Certificate> read_certificate(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return fail(ErrorKind::Invalid, "certificate: PEM text is too long");
  const auto bio = reader_over(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, refuse_pass_phrase, nullptr));
  if (!certificate) return failure("certificate: not PEM");
  return certificate;
}

Result<Key> read_key(const Secret& pem) {
  if (pem.size() > kMaxPemBytes) return fail(ErrorKind::Invalid, "private key: PEM text is too long");
  const auto bio = reader_over(pem.reveal());
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_pass_phrase, nullptr));
  if (!key) return failure("private key: not PEM, or protected by a pass phrase");
  return key;
}

Result<std::string> write_certificate(const X509& certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), &certificate) != 1) return failure("cannot write a certificate");
  return std::string(written(bio.get()));
}

Result<Secret> write_key(const EVP_PKEY& key) {
  const Bio bio(BIO_new(BIO_s_secmem()));  // wiped when freed
  if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return failure("cannot write a private key");
  }
  return Secret(std::string(written(bio.get())));
}

Result<Key> generate_p256_key() {
  Key key(EVP_EC_gen("P-256"));
  if (!key) return failure("cannot make a P-256 key");
  return key;
}

Result<WallTime> to_wall_time(const ASN1_TIME& time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(&time, &parts) != 1) return failure("certificate: unreadable date");
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

}  // namespace acr::certs::openssl
