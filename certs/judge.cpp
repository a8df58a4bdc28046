// SPDX-License-Identifier: Apache-2.0
#include "certs/judge.hpp"

#include <openssl/err.h>

#include <optional>

#include "certs/leaf.hpp"
#include "common/base/crypto.hpp"

namespace acr::certs {
namespace {

Result<Validity> validity_of(const X509& certificate) {
  const auto not_before = openssl::to_wall_time(*X509_get0_notBefore(&certificate));
  if (!not_before) return fail(not_before.error());
  const auto not_after = openssl::to_wall_time(*X509_get0_notAfter(&certificate));
  if (!not_after) return fail(not_after.error());
  return Validity{*not_before, *not_after};
}

Verdict judge_time(const Validity& validity, WallTime now) {
  if (now < validity.not_before) return Verdict::NotYetValid;
  if (now >= validity.not_after) return Verdict::Expired;
  const bool due = validity.not_after - now < (validity.not_after - validity.not_before) / 3;
  return due ? Verdict::RenewalDue : Verdict::Good;
}

/// Asks OpenSSL, by way of a leaf that nobody ever sees.
bool permits(X509& ca, const openssl::Key& key, const HostNames& names, const Validity& validity) {
  const openssl::Owned<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free> constraints(
      static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(&ca, NID_name_constraints, nullptr, nullptr)));
  if (!constraints) return true;
  const auto leaf = openssl::sign_leaf(ca, key, key, names, validity.not_before, validity.not_after);
  if (!leaf) return false;
  X509_check_purpose(leaf->get(), -1, 0);  // makes OpenSSL read the extensions
  return NAME_CONSTRAINTS_check(leaf->get(), constraints.get()) == X509_V_OK;
}

bool names_all(X509& certificate, const HostNames& names) {
  for (const auto& dns : names.dns) {
    if (X509_check_host(&certificate, dns.data(), dns.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) != 1)
      return false;
  }
  for (const auto& ip : names.ips) {
    if (X509_check_ip_asc(&certificate, ip.c_str(), 0) != 1) return false;
  }
  return true;
}

struct Pair {
  openssl::Certificate certificate;
  openssl::Key key;
  Validity validity;
};

std::expected<Pair, Verdict> read_pair(std::string_view certificate_pem, const Secret& key_pem) {
  if (certificate_pem.empty() || key_pem.empty()) return std::unexpected(Verdict::Missing);
  auto certificate = openssl::read_certificate(certificate_pem);
  auto key = openssl::read_key(key_pem);
  if (!certificate || !key) return std::unexpected(Verdict::Unparsable);
  const auto validity = validity_of(**certificate);
  if (!validity) return std::unexpected(Verdict::Unparsable);
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    ERR_clear_error();
    return std::unexpected(Verdict::KeyMismatch);
  }
  return Pair{std::move(*certificate), std::move(*key), *validity};
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Good:
      return "good";
    case Verdict::RenewalDue:
      return "renewal_due";
    case Verdict::Missing:
      return "missing";
    case Verdict::Unparsable:
      return "unparsable";
    case Verdict::KeyMismatch:
      return "key_mismatch";
    case Verdict::NotAuthority:
      return "not_authority";
    case Verdict::NamesNotCovered:
      return "names_not_covered";
    case Verdict::NotYetValid:
      return "not_yet_valid";
    case Verdict::Expired:
      return "expired";
  }
  return "unknown";
}

Verdict judge_ca(const CertificateAuthority& ca, const HostNames& names, WallTime now) {
  const auto pair = read_pair(ca.certificate_pem, ca.key_pem);
  if (!pair) return pair.error();
  if (X509_check_ca(pair->certificate.get()) != 1) return Verdict::NotAuthority;
  if (!permits(*pair->certificate, pair->key, names, pair->validity)) return Verdict::NamesNotCovered;
  return judge_time(pair->validity, now);
}

Verdict judge_leaf(std::string_view chain_pem, const Secret& key_pem, const HostNames& names, WallTime now) {
  const auto pair = read_pair(chain_pem, key_pem);
  if (!pair) return pair.error();
  if (!names_all(*pair->certificate, names)) return Verdict::NamesNotCovered;
  return judge_time(pair->validity, now);
}

Result<Validity> parse_validity(std::string_view certificate_pem) {
  const auto certificate = openssl::read_certificate(certificate_pem);
  if (!certificate) return fail(certificate.error());
  return validity_of(**certificate);
}

Result<std::string> fingerprint(std::string_view certificate_pem) {
  const auto certificate = openssl::read_certificate(certificate_pem);
  if (!certificate) return fail(certificate.error());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate->get(), EVP_sha256(), digest, &size) != 1)
    return openssl::failure("certificate: no digest");
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    if (i != 0) text += ':';
    text += encode_hex({reinterpret_cast<const char*>(digest) + i, 1});
  }
  for (char& c : text) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace acr::certs
