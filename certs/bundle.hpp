// SPDX-License-Identifier: Apache-2.0
// CA bundles (PEM certificates one after the other) and the Secret in which the webhook's CA is kept.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certs/authority.hpp"

namespace acr::certs {

/// Keys of the CA Secret's data.
inline constexpr std::string_view kBundleKey = "ca.crt";        ///< every CA to trust, PEM: what goes into caBundle
inline constexpr std::string_view kCertificateKey = "tls.crt";  ///< the CA that signs leaves now
inline constexpr std::string_view kPrivateKeyKey = "tls.key";   ///< its key
inline constexpr std::string_view kNextCertificateKey = "next.crt";  ///< during a rotation: the CA that will sign
inline constexpr std::string_view kNextPrivateKeyKey = "next.key";
inline constexpr std::string_view kSwitchedAtKey = "switched-at";  ///< RFC 3339: since when tls.crt signs

/// The content of the CA Secret.
struct AuthoritySet {
  CertificateAuthority signing;
  std::string bundle_pem;
  std::optional<CertificateAuthority> next = {};
  std::optional<WallTime> switched_at = {};

  friend bool operator==(const AuthoritySet&, const AuthoritySet&) = default;
};

/// The certificates of a PEM text in order, each with its BEGIN and END lines; text between them is dropped.
std::vector<std::string> split_bundle(std::string_view pem);
/// `bundle` with those certificates of `more` that it lacks, appended.
std::string merge_bundle(std::string_view bundle, std::string_view more);
/// `bundle` without the certificates of `less`.
std::string remove_from_bundle(std::string_view bundle, std::string_view less);
/// Does `bundle` hold every certificate of `wanted`?
bool bundle_contains(std::string_view bundle, std::string_view wanted);

/// Reads the data of the CA Secret; a missing ca.crt means the signing CA alone. An Error (Invalid) if tls.crt or
/// tls.key is missing. Whether the CA is any good is judge_ca's question.
Result<AuthoritySet> parse_ca_secret(const std::map<std::string, Secret>& data);
/// The data of the CA Secret, not base64-encoded.
std::map<std::string, Secret> build_ca_secret(const AuthoritySet& set);

}  // namespace acr::certs
