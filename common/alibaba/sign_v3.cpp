// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/sign_v3.hpp"

#include <fmt/format.h>

#include <utility>

#include "common/base/crypto.hpp"
#include "common/base/text.hpp"

namespace acr::alibaba {
namespace {

constexpr std::string_view kAlgorithm = "ACS3-HMAC-SHA256";

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

}  // namespace

std::string encode_percent(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string build_canonical_query(const std::map<std::string, std::string>& query) {
  std::string text;
  for (const auto& [key, value] : query) {
    if (!text.empty()) text += '&';
    text += encode_percent(key) + '=' + encode_percent(value);
  }
  return text;
}

std::map<std::string, std::string> build_signed_headers(const OpenApiCall& call, const RamCredentials& credentials,
                                                        WallTime now, std::string_view nonce) {
  std::map<std::string, std::string> headers = {
      {"host", call.host},
      {"x-acs-action", call.action},
      {"x-acs-version", call.version},
      {"x-acs-date", format_rfc3339(now)},
      {"x-acs-signature-nonce", std::string(nonce)},
      {"x-acs-content-sha256", encode_hex(sha256(call.body))},
  };
  if (!call.body.empty() && !call.content_type.empty()) headers["content-type"] = call.content_type;
  if (!credentials.security_token.empty()) {
    headers["x-acs-accesskey-id"] = credentials.access_key_id;
    headers["x-acs-security-token"] = std::string(credentials.security_token.reveal());
  }
  return headers;
}

std::string join_header_names(const std::map<std::string, std::string>& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

std::string build_canonical_request(const OpenApiCall& call, const std::map<std::string, std::string>& headers) {
  std::string text =
      fmt::format("{}\n{}\n{}\n", call.method, call.path.empty() ? "/" : call.path, build_canonical_query(call.query));
  for (const auto& [name, value] : headers) {
    text.append(name).append(":").append(trim(value)).append("\n");
  }
  return text.append("\n").append(join_header_names(headers)).append("\n").append(encode_hex(sha256(call.body)));
}

std::string build_string_to_sign(std::string_view canonical_request) {
  return fmt::format("{}\n{}", kAlgorithm, encode_hex(sha256(canonical_request)));
}

std::string build_authorization(const RamCredentials& credentials, const std::map<std::string, std::string>& headers,
                                std::string_view string_to_sign) {
  return fmt::format("{} Credential={},SignedHeaders={},Signature={}", kAlgorithm, credentials.access_key_id,
                     join_header_names(headers),
                     encode_hex(hmac_sha256(credentials.access_key_secret.reveal(), string_to_sign)));
}

http::Request sign_v3(const OpenApiCall& call, const RamCredentials& credentials, WallTime now,
                      std::string_view nonce) {
  const auto headers = build_signed_headers(call, credentials, now, nonce);
  const auto to_sign = build_string_to_sign(build_canonical_request(call, headers));
  http::Request request{.method = call.method, .target = call.path.empty() ? "/" : call.path, .body = call.body};
  if (!call.query.empty()) request.target += '?' + build_canonical_query(call.query);
  for (const auto& [name, value] : headers) request.headers.add(name, std::string(trim(value)));
  request.headers.add("accept", "application/json");
  request.headers.add("authorization", build_authorization(credentials, headers, to_sign));
  return request;
}

}  // namespace acr::alibaba
