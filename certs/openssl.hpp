// SPDX-License-Identifier: Apache-2.0
// OpenSSL objects with owners, and PEM in and out. For the files of this folder only.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/base/time.hpp"

namespace acr::certs::openssl {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;

using Bio = Owned<BIO, BIO_free_all>;
using Number = Owned<BIGNUM, BN_free>;
using Certificate = Owned<X509, X509_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;

/// PEM texts longer than this are refused unread; a bundle of a dozen certificates has a fifth of it.
inline constexpr std::size_t kMaxPemBytes = 256 * 1024;

/// An Error (Invalid) that names `what` and OpenSSL's reason; empties OpenSSL's error queue.
std::unexpected<Error> failure(std::string_view what);

/// The first certificate of a PEM text.
Result<Certificate> read_certificate(std::string_view pem);
/// A private key without pass phrase; never prompts.
Result<Key> read_key(const Secret& pem);

Result<std::string> write_certificate(const X509& certificate);
/// PKCS#8, unencrypted.
Result<Secret> write_key(const EVP_PKEY& key);

Result<Key> generate_p256_key();

Result<WallTime> to_wall_time(const ASN1_TIME& time);

}  // namespace acr::certs::openssl
