// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/oidc_token.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/base64.hpp"
#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::credentials {
namespace {

constexpr std::size_t kLongestToken = 20000;
constexpr std::size_t kDepth = 16;

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

Result<std::string> decode_base64_url(std::string_view text) {
  std::string standard(text);
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  while (standard.size() % 4 != 0) standard += '=';
  return decode_base64(standard);
}

std::string audiences_of(const JsonValue& claims) {
  const auto* audience = find_member(claims, "aud");
  if (audience == nullptr) return "none";
  if (audience->IsString()) return printable(string_at(claims, "aud"));
  std::string list;
  if (audience->IsArray()) {
    for (const auto& entry : audience->GetArray()) {
      if (entry.IsString()) list.append(list.empty() ? "" : ",").append(entry.GetString(), entry.GetStringLength());
    }
  }
  return list.empty() ? "none" : printable(list);
}

}  // namespace

Result<Secret> parse_oidc_token(std::string_view text) {
  const auto token = trim(text);
  if (token.empty()) return fail(ErrorKind::Unavailable, "it is empty");
  if (token.size() > kLongestToken) return fail(ErrorKind::Unavailable, "it is longer than 20000 characters");
  if (std::ranges::count(token, '.') != 2 || !std::ranges::all_of(token, is_token_character) ||
      token.starts_with('.') || token.ends_with('.') || token.find("..") != std::string_view::npos)
    return fail(ErrorKind::Unavailable, "it is not a JSON Web Token, or only a part of one");
  return Secret(std::string(token));
}

std::string describe_claims(std::string_view token) {
  const auto start = token.find('.') + 1;
  const auto payload = decode_base64_url(token.substr(start, token.find('.', start) - start));
  const auto claims = payload ? parse_json(*payload, kDepth) : fail(payload.error());
  if (!claims || !claims->IsObject()) return "the claims of the token cannot be read";
  return fmt::format("the token has issuer {}, audience {}, subject {}", printable(string_at(*claims, "iss")),
                     audiences_of(*claims), printable(string_at(*claims, "sub")));
}

}  // namespace acr::credentials
