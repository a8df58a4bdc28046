// SPDX-License-Identifier: Apache-2.0
#include "certs/authority.hpp"

#include <algorithm>

#include "certs/leaf.hpp"
#include "certs/template.hpp"
#include "common/base/crypto.hpp"

namespace acr::certs {
namespace {

using openssl::Certificate;
using openssl::Key;

/// Two CAs have different names, so that a chain shows which of them signed.
std::string authority_name() {
  return "acr-credential-helper webhook CA " + random_hex(4);
}

Result<void> make_self_signed(X509& certificate, const Key& key, const HostNames& names) {
  X509_set_issuer_name(&certificate, X509_get_subject_name(&certificate));
  if (auto done = openssl::add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
      !done)
    return done;
  if (auto done = openssl::add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
      !done)
    return done;
  if (auto done = openssl::add_extension(certificate, certificate, NID_subject_key_identifier, "hash"); !done)
    return done;
  if (auto done = openssl::add_name_constraints(certificate, names); !done) return done;
  return openssl::sign(certificate, key);
}

}  // namespace

namespace openssl {

Result<Certificate> sign_leaf(X509& ca, const Key& ca_key, const Key& subject_key, const HostNames& names,
                              WallTime not_before, WallTime not_after) {
  // With a space in it the common name is no host name, which OpenSSL would hold against the CA's name constraints.
  auto leaf = begin_certificate("acr-credential-helper webhook", not_before, not_after, subject_key);
  if (!leaf) return leaf;
  X509& certificate = **leaf;
  X509_set_issuer_name(&certificate, X509_get_subject_name(&ca));
  struct Extension {
    int nid;
    const char* value;
  };
  for (const auto& [nid, value] :
       {Extension{NID_basic_constraints, "critical,CA:FALSE"}, Extension{NID_key_usage, "critical,digitalSignature"},
        Extension{NID_ext_key_usage, "serverAuth"}, Extension{NID_subject_key_identifier, "hash"},
        Extension{NID_authority_key_identifier, "keyid:always"}}) {
    if (auto done = add_extension(certificate, ca, nid, value); !done) return fail(std::move(done.error()));
  }
  if (auto done = add_alternative_names(certificate, names); !done) return fail(std::move(done.error()));
  if (auto done = sign(certificate, ca_key); !done) return fail(std::move(done.error()));
  return leaf;
}

}  // namespace openssl

Result<CertificateAuthority> make_ca(WallTime now, const HostNames& names) {
  auto key = openssl::generate_p256_key();
  if (!key) return fail(std::move(key.error()));
  auto certificate = openssl::begin_certificate(authority_name(), now - kBackdate, now + kAuthorityLife, *key);
  if (!certificate) return fail(std::move(certificate.error()));
  if (auto done = make_self_signed(**certificate, *key, names); !done) return fail(std::move(done.error()));
  auto certificate_pem = openssl::write_certificate(**certificate);
  if (!certificate_pem) return fail(std::move(certificate_pem.error()));
  auto key_pem = openssl::write_key(**key);
  if (!key_pem) return fail(std::move(key_pem.error()));
  return CertificateAuthority{std::move(*certificate_pem), std::move(*key_pem)};
}

Result<Leaf> issue_leaf(const CertificateAuthority& ca, const HostNames& names, WallTime now,
                        std::chrono::seconds life) {
  auto authority = openssl::read_certificate(ca.certificate_pem);
  if (!authority) return fail(with_context(std::move(authority.error()), "CA"));
  auto authority_key = openssl::read_key(ca.key_pem);
  if (!authority_key) return fail(with_context(std::move(authority_key.error()), "CA"));
  if (X509_check_private_key(authority->get(), authority_key->get()) != 1)
    return openssl::failure("CA: key of another certificate");
  const auto authority_end = openssl::to_wall_time(*X509_get0_notAfter(authority->get()));
  if (!authority_end) return fail(authority_end.error());
  if (*authority_end <= now) return fail(ErrorKind::Invalid, "CA: ended at " + format_rfc3339(*authority_end));

  auto key = openssl::generate_p256_key();
  if (!key) return fail(std::move(key.error()));
  const WallTime not_before = now - kBackdate;
  const WallTime not_after = std::chrono::floor<std::chrono::seconds>(std::min<WallTime>(now + life, *authority_end));
  auto certificate = openssl::sign_leaf(**authority, *authority_key, *key, names, not_before, not_after);
  if (!certificate) return fail(std::move(certificate.error()));
  auto leaf_pem = openssl::write_certificate(**certificate);
  if (!leaf_pem) return fail(std::move(leaf_pem.error()));
  auto authority_pem = openssl::write_certificate(**authority);
  if (!authority_pem) return fail(std::move(authority_pem.error()));
  auto key_pem = openssl::write_key(**key);
  if (!key_pem) return fail(std::move(key_pem.error()));
  return Leaf{*leaf_pem + *authority_pem, std::move(*key_pem), std::chrono::floor<std::chrono::seconds>(not_before),
              not_after};
}

}  // namespace acr::certs
