// SPDX-License-Identifier: Apache-2.0
#include "common/http/system_roots.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "common/http/tls_context.hpp"

namespace acr::http {
namespace {

using Der = std::span<const unsigned char>;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeName {
  void operator()(X509_NAME* name) const { X509_NAME_free(name); }
};
struct FreeMemory {
  void operator()(unsigned char* memory) const { OPENSSL_free(memory); }
};

/// One element at the start of DER text.
struct Element {
  Der whole = {};
  Der content = {};
  int tag = -1;
};

/// Takes the first element away from `rest`; tag -1 if there is none.
Element take_element(Der& rest) {
  const unsigned char* at = rest.data();
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const int verdict = ASN1_get_object(&at, &length, &tag, &tag_class, static_cast<long>(rest.size()));
  if ((verdict & 0x80) != 0 || rest.empty()) return {};
  const auto header = static_cast<std::size_t>(at - rest.data());
  const auto size = header + static_cast<std::size_t>(length);
  const Element element{.whole = rest.first(size),
                        .content = rest.subspan(header, static_cast<std::size_t>(length)),
                        .tag = tag_class == V_ASN1_UNIVERSAL ? tag : -1};
  rest = rest.subspan(size);
  return element;
}

/// The subject of a certificate (RFC 5280 4.1) without a look at the rest of it; empty if it is no certificate.
Der subject_of(Der certificate) {
  Der fields = take_element(certificate).content;
  fields = take_element(fields).content;
  if (take_element(fields).tag != V_ASN1_INTEGER)
    take_element(fields);  // the version, which may be absent, or the serial
  take_element(fields);    // signature algorithm
  take_element(fields);    // issuer
  take_element(fields);    // validity
  return take_element(fields).whole;
}

/// As OpenSSL compares them: letters' case, blanks and kinds of strings do not count.
bool is_named(Der certificate, const X509_NAME* name) {
  const auto subject = subject_of(certificate);
  const unsigned char* at = subject.data();
  const std::unique_ptr<X509_NAME, FreeName> parsed(d2i_X509_NAME(nullptr, &at, static_cast<long>(subject.size())));
  return parsed && X509_NAME_cmp(parsed.get(), name) == 0;
}

const char* roots_file() {
  const char* chosen = std::getenv(X509_get_default_cert_file_env());
  return chosen == nullptr ? X509_get_default_cert_file() : chosen;
}

struct PemBlock {
  std::unique_ptr<unsigned char, FreeMemory> bytes = {};
  long size = 0;
};

/// The next block that can be read; without bytes at the end of the file.
PemBlock next_block(BIO* file) {
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;
  while (PEM_read_bio(file, &label, &header, &bytes, &size) != 1) {
    if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) return {};
  }
  OPENSSL_free(label);
  OPENSSL_free(header);
  return {.bytes = std::unique_ptr<unsigned char, FreeMemory>(bytes), .size = size};
}

std::vector<Certificate> find_roots(const X509_NAME* name) {
  std::vector<Certificate> found;
  const std::unique_ptr<BIO, FreeBio> file(BIO_new_file(roots_file(), "r"));
  if (!file) return found;
  for (auto block = next_block(file.get()); block.bytes; block = next_block(file.get())) {
    const unsigned char* at = block.bytes.get();
    if (!is_named({at, static_cast<std::size_t>(block.size)}, name)) continue;
    if (Certificate root{d2i_X509_AUX(nullptr, &at, block.size)}) found.push_back(std::move(root));
  }
  return found;
}

/// Called by OpenSSL for an issuer that the store does not hold yet.
int find_by_subject(X509_LOOKUP* lookup, X509_LOOKUP_TYPE type, const X509_NAME* name, X509_OBJECT* found) {
  if (type != X509_LU_X509) return 0;
  ERR_set_mark();  // the end of the file and what cannot be read there are no errors of the connection
  const auto roots = find_roots(name);
  X509* kept = nullptr;
  for (const auto& root : roots) {
    if (X509_STORE_add_cert(X509_LOOKUP_get_store(lookup), root.get()) == 1) kept = root.get();
  }
  ERR_pop_to_mark();
  if (kept == nullptr || X509_OBJECT_set1_X509(found, kept) != 1) return 0;
  X509_free(kept);  // OpenSSL copies the pointer out of `found` and counts it again: the store's count keeps it alive
  return 1;
}

X509_LOOKUP_METHOD* roots_in_file() {
  static X509_LOOKUP_METHOD* const method = [] {
    auto* made = X509_LOOKUP_meth_new("roots in a file, one at a time");
    if (made != nullptr) X509_LOOKUP_meth_set_get_by_subject(made, find_by_subject);
    return made;
  }();
  return method;
}

}  // namespace

Result<void> trust_system_roots(SSL_CTX* context) {
  auto* const method = roots_in_file();
  // A folder of files named by hash is read one by one anyway.
  if (method == nullptr || X509_STORE_add_lookup(SSL_CTX_get_cert_store(context), method) == nullptr ||
      SSL_CTX_set_default_verify_dir(context) != 1) {
    return fail(ErrorKind::Invalid, "cannot use the system's root certificates: " + openssl_reason());
  }
  return {};
}

}  // namespace acr::http
