// SPDX-License-Identifier: Apache-2.0
#include "common/config/secret_name.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string>

#include "common/base/text.hpp"

namespace acr::config {
namespace {

/// Parts of names; "pass" stands for passwd, passphrase and passwort too.
constexpr std::array<std::string_view, 10> kLikely{"pwd",  "pass", "token", "credential",   "creds",
                                                   "auth", "key",  "aksk",  "dockerconfig", "dockercfg"};

constexpr std::array<std::string_view, 16> kForeign{"密码", "密碼", "密钥", "密鑰",   "口令", "令牌", "凭证",  "凭据",
                                                    "憑證", "秘密", "秘钥", "パスワ", "鍵",   "비밀", "парол", "ключ"};

bool is_alphanumeric(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

void append_character(std::string& text, unsigned long code) {
  const auto put = [&text](unsigned long byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

/// JSON may write letters as \u0053.
std::string without_escapes(std::string_view word) {
  constexpr std::size_t kEscapeBytes = 6;
  std::string text;
  for (std::size_t at = 0; at < word.size(); ++at) {
    const std::string hex(word.substr(at, 2) == "\\u" ? word.substr(at + 2, kEscapeBytes - 2) : "");
    if (hex.size() == kEscapeBytes - 2 && hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
      append_character(text, std::strtoul(hex.c_str(), nullptr, 16));
      at += kEscapeBytes - 1;
    } else {
      text += word[at];
    }
  }
  return text;
}

/// "my_ak" and "akId", but not "task".
bool has_part(std::string_view name, std::string_view part) {
  std::size_t start = 0;
  while (start < name.size()) {
    if (!is_alphanumeric(name[start])) {
      ++start;
      continue;
    }
    auto end = start + 1;
    const auto goes_on = [name](std::size_t at) {
      const bool is_hump = std::isupper(static_cast<unsigned char>(name[at])) != 0 &&
                           std::isupper(static_cast<unsigned char>(name[at - 1])) == 0;
      return is_alphanumeric(name[at]) && !is_hump;
    };
    while (end < name.size() && goes_on(end)) ++end;
    const auto piece = name.substr(start, end - start);
    if (equals_ignore_case(piece, part)) return true;
    start = end;
  }
  return false;
}

}  // namespace

Secrecy judge_secrecy(std::string_view name) {
  const auto plain = without_escapes(name);
  std::string folded;
  for (const char c : to_lower(plain)) {
    if (is_alphanumeric(c)) folded += c;
  }
  const auto holds = [&folded](std::string_view part) { return folded.find(part) != std::string::npos; };
  const bool is_access = holds("acces") || holds("acess");
  const bool is_certain = holds("secret") || holds("securitytoken") || holds("password") || folded == "ak" ||
                          folded == "sk" || (is_access && (holds("key") || holds("ky") || holds("kye") || holds("id")));
  const bool is_likely = std::any_of(kLikely.begin(), kLikely.end(), holds) || has_part(plain, "ak") ||
                         has_part(plain, "sk") ||
                         std::any_of(kForeign.begin(), kForeign.end(),
                                     [&plain](std::string_view word) { return plain.find(word) != std::string::npos; });
  if (!is_certain && !is_likely) return Secrecy::None;
  if (folded.ends_with("ref") || folded.ends_with("name")) return Secrecy::Reference;
  return is_certain ? Secrecy::Certain : Secrecy::Likely;
}

}  // namespace acr::config
