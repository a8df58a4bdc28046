// SPDX-License-Identifier: Apache-2.0
#include "common/base/credential_form.hpp"

#include <algorithm>
#include <cctype>

#include "common/base/text.hpp"

namespace acr {
namespace {

constexpr std::size_t kPrefix = 4;
constexpr std::size_t kLeastId = 12;
constexpr std::size_t kLeastToken = 20;
constexpr std::size_t kLeastSecurityToken = 40;
/// Secrets have 30 characters, those of a session a dozen more.
constexpr std::size_t kLeastSecret = 28;
constexpr std::size_t kMostSecret = 64;

bool is_alphanumeric(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool is_word(char c) {
  return is_alphanumeric(c) || c == '_' || c == '-';
}

bool is_base64(char c) {
  return is_alphanumeric(c) || c == '+' || c == '/' || c == '=';
}

std::size_t count_leading(std::string_view text, bool (*is_part)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_part) - text.begin());
}

bool starts_word(std::string_view text, std::size_t at) {
  return at == 0 || !is_alphanumeric(text[at - 1]);
}

/// Of ids and tokens as they are issued.
std::size_t issued_length(std::string_view rest) {
  if (rest.starts_with("LTAI") || rest.starts_with("STS.")) {
    const auto length = kPrefix + count_leading(rest.substr(kPrefix), is_word);
    return length >= kLeastId ? length : 0;
  }
  if (!rest.starts_with("CAIS")) return 0;
  const auto length = count_leading(rest, is_base64);
  return length >= kLeastSecurityToken ? length : 0;
}

/// Of ids in another case; they must not be taken for a host or a name with such a start.
std::size_t folded_length(std::string_view rest) {
  const auto prefix = rest.substr(0, kPrefix);
  const bool is_id = equals_ignore_case(prefix, "LTAI");
  if (!is_id && !equals_ignore_case(prefix, "STS.")) return 0;
  const auto length = kPrefix + count_leading(rest.substr(kPrefix), is_alphanumeric);
  return length >= (is_id ? kLeastId : kLeastToken) ? length : 0;
}

/// Letters of both cases and digits in no order, and nothing that would make it a part of a longer name.
std::size_t secret_length(std::string_view text, std::size_t at) {
  constexpr std::string_view kJoints = "-_/";
  const auto rest = text.substr(at);
  const auto length = count_leading(rest, is_alphanumeric);
  if (length < kLeastSecret || length > kMostSecret) return 0;
  if (at > 0 && kJoints.find(text[at - 1]) != std::string_view::npos) return 0;
  if (length < rest.size() && kJoints.find(rest[length]) != std::string_view::npos) return 0;
  const auto has = [secret = rest.substr(0, length)](int (*is_of)(int)) {
    return std::any_of(secret.begin(), secret.end(), [is_of](char c) { return is_of(static_cast<unsigned char>(c)); });
  };
  return has(std::isupper) && has(std::islower) && has(std::isdigit) ? length : 0;
}

}  // namespace

std::size_t credential_length(std::string_view text, std::size_t at) {
  if (!starts_word(text, at)) return 0;
  const auto rest = text.substr(at);
  return std::max({issued_length(rest), folded_length(rest), secret_length(text, at)});
}

bool holds_credential(std::string_view text) {
  if (text.size() < kLeastId) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!starts_word(text, at)) continue;
    if (issued_length(text.substr(at)) > 0 || secret_length(text, at) > 0) return true;
  }
  return false;
}

std::string hide_credentials(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const auto length = credential_length(text, at);
    if (length > 0) {
      shown += "***";
    } else {
      shown += text[at];
    }
    at += std::max<std::size_t>(length, 1);
  }
  return shown;
}

}  // namespace acr
