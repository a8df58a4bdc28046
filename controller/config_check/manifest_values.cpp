// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/manifest_values.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

namespace acr::controller {

namespace {

bool is_tagged_as_typed(const std::string& tag) {
  return tag == "tag:yaml.org,2002:int" || tag == "tag:yaml.org,2002:float" || tag == "tag:yaml.org,2002:bool";
}

/// In the three cases that YAML knows, such as "yes", "Yes" and "YES".
bool is_word(std::string_view text) {
  static constexpr std::array<std::string_view, 10> kWords{"true", "false", "yes", "no",   "on",
                                                           "off",  "y",     "n",   ".inf", ".nan"};
  if (text.size() > 1 && (text.starts_with("+.") || text.starts_with("-."))) text.remove_prefix(1);
  if (text == ".NaN") return true;
  const auto lower = to_lower(text);
  if (std::find(kWords.begin(), kWords.end(), lower) == kWords.end()) return false;
  const auto start = std::min<std::size_t>(text.starts_with('.') ? 1 : 0, text.size());
  const auto rest = text.substr(start + 1);
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool is_all_upper = is_upper(text[start]) && std::all_of(rest.begin(), rest.end(), is_upper);
  return is_all_upper || std::none_of(rest.begin(), rest.end(), is_upper);
}

/// Takes `digits` at the start of `text` away; how many there were.
std::size_t take_digits(std::string_view& text, std::string_view digits = "0123456789") {
  const auto count = std::min(text.find_first_not_of(digits), text.size());
  text.remove_prefix(count);
  return count;
}

bool is_based_integer(std::string_view text) {
  const auto prefix = to_lower(text.substr(0, 2));
  text.remove_prefix(std::min<std::size_t>(2, text.size()));
  const std::string_view digits = prefix == "0x"   ? "0123456789abcdefABCDEF"
                                  : prefix == "0o" ? "01234567"
                                  : prefix == "0b" ? "01"
                                                   : "";
  return !digits.empty() && !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

bool is_decimal(std::string_view text) {
  const auto whole = take_digits(text);
  std::size_t part = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    part = take_digits(text);
  }
  if (whole + part == 0) return false;
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    if (take_digits(text) == 0) return false;
  }
  return text.empty();
}

/// 16, 1_000, 0x10, 0o17, 0b1, 1e3, .5: with a sign if it has one.
bool is_number(std::string_view text) {
  if (text.empty() || std::string_view("0123456789+-.").find(text[0]) == std::string_view::npos) return false;
  std::string plain(text);
  std::erase(plain, '_');
  std::string_view digits(plain);
  if (!digits.empty() && (digits[0] == '+' || digits[0] == '-')) digits.remove_prefix(1);
  return is_based_integer(digits) || is_decimal(digits);
}

}  // namespace

bool is_typed_scalar(const YAML::Node& node) {
  if (node.Tag() != "?") return is_tagged_as_typed(node.Tag());
  return is_word(node.Scalar()) || is_number(node.Scalar());
}

bool is_config_map_key_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

bool is_config_map_key(std::string_view key) {
  constexpr std::size_t kMostBytes = 253;
  return !key.empty() && key.size() <= kMostBytes && key != "." && !key.starts_with("..") &&
         std::all_of(key.begin(), key.end(), is_config_map_key_character);
}

bool is_base64(const YAML::Node& value) {
  if (value.IsNull()) return true;
  if (!value.IsScalar()) return false;
  auto text = value.Scalar();
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  return decode_base64(text).has_value();
}

}  // namespace acr::controller
