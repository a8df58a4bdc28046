// SPDX-License-Identifier: Apache-2.0
#include "certs/bundle.hpp"

#include <algorithm>

namespace acr::certs {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
constexpr std::size_t kLineLength = 64;

/// One spelling for one certificate, so that texts can be compared.
std::string canonical_block(std::string_view base64) {
  std::string block = std::string(kBegin) + '\n';
  std::size_t column = 0;
  for (const char c : base64) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    if (column == kLineLength) {
      block += '\n';
      column = 0;
    }
    block += c;
    ++column;
  }
  if (column != 0) block += '\n';
  return block + std::string(kEnd) + '\n';
}

bool holds(const std::vector<std::string>& blocks, const std::string& block) {
  return std::find(blocks.begin(), blocks.end(), block) != blocks.end();
}

std::string join(const std::vector<std::string>& blocks) {
  std::string text;
  for (const auto& block : blocks) text += block;
  return text;
}

std::string text_at(const std::map<std::string, Secret>& data, std::string_view key) {
  const auto found = data.find(std::string(key));
  return found == data.end() ? std::string{} : std::string(found->second.reveal());
}

Secret secret_at(const std::map<std::string, Secret>& data, std::string_view key) {
  const auto found = data.find(std::string(key));
  return found == data.end() ? Secret{} : found->second;
}

}  // namespace

std::vector<std::string> split_bundle(std::string_view pem) {
  std::vector<std::string> blocks;
  for (;;) {
    const auto begin = pem.find(kBegin);
    if (begin == std::string_view::npos) return blocks;
    pem.remove_prefix(begin + kBegin.size());
    const auto end = pem.find(kEnd);
    if (end == std::string_view::npos) return blocks;
    blocks.push_back(canonical_block(pem.substr(0, end)));
    pem.remove_prefix(end + kEnd.size());
  }
}

std::string merge_bundle(std::string_view bundle, std::string_view more) {
  auto blocks = split_bundle(bundle);
  for (auto& block : split_bundle(more)) {
    if (!holds(blocks, block)) blocks.push_back(std::move(block));
  }
  return join(blocks);
}

std::string remove_from_bundle(std::string_view bundle, std::string_view less) {
  auto blocks = split_bundle(bundle);
  const auto gone = split_bundle(less);
  std::erase_if(blocks, [&](const std::string& block) { return holds(gone, block); });
  return join(blocks);
}

bool bundle_contains(std::string_view bundle, std::string_view wanted) {
  const auto blocks = split_bundle(bundle);
  const auto wanted_blocks = split_bundle(wanted);
  return std::all_of(wanted_blocks.begin(), wanted_blocks.end(),
                     [&](const std::string& block) { return holds(blocks, block); });
}

Result<AuthoritySet> parse_ca_secret(const std::map<std::string, Secret>& data) {
  AuthoritySet set;
  set.signing = {.certificate_pem = text_at(data, kCertificateKey), .key_pem = secret_at(data, kPrivateKeyKey)};
  if (set.signing.certificate_pem.empty()) return fail(ErrorKind::Invalid, "CA Secret: no tls.crt");
  if (set.signing.key_pem.empty()) return fail(ErrorKind::Invalid, "CA Secret: no tls.key");
  set.bundle_pem = text_at(data, kBundleKey);
  if (set.bundle_pem.empty()) set.bundle_pem = join(split_bundle(set.signing.certificate_pem));
  if (auto next = text_at(data, kNextCertificateKey); !next.empty()) {
    set.next = CertificateAuthority{.certificate_pem = std::move(next), .key_pem = secret_at(data, kNextPrivateKeyKey)};
  }
  if (const auto since = parse_rfc3339(text_at(data, kSwitchedAtKey))) set.switched_at = *since;
  return set;
}

std::map<std::string, Secret> build_ca_secret(const AuthoritySet& set) {
  std::map<std::string, Secret> data;
  data.emplace(kBundleKey, Secret(std::string(set.bundle_pem)));
  data.emplace(kCertificateKey, Secret(std::string(set.signing.certificate_pem)));
  data.emplace(kPrivateKeyKey, set.signing.key_pem);
  if (set.next) {
    data.emplace(kNextCertificateKey, Secret(std::string(set.next->certificate_pem)));
    data.emplace(kNextPrivateKeyKey, set.next->key_pem);
  }
  if (set.switched_at) data.emplace(kSwitchedAtKey, Secret(format_rfc3339(*set.switched_at)));
  return data;
}

}  // namespace acr::certs
