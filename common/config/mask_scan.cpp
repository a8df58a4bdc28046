// SPDX-License-Identifier: Apache-2.0
#include "common/config/mask_scan.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "common/base/text.hpp"

namespace acr::config {
namespace {

/// No name or password is longer, and no line may cost the square of its length.
constexpr std::size_t kMostLooked = 512;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// A letter of another script; signs of those scripts are told from them by find_sign_end().
bool is_foreign(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

/// Behind the last wide sign in a word: what stands before it is another word.
std::size_t find_sign_end(std::string_view word) {
  static constexpr std::array<std::string_view, 7> kSigns{"：", "﹕", "；", "＝", "，", "、", "。"};
  std::size_t end = 0;
  for (const auto sign : kSigns) {
    if (const auto at = word.rfind(sign); at != std::string_view::npos) end = std::max(end, at + sign.size());
  }
  return end;
}

/// Behind a closing quote may come the end, a comment, the end of a collection, or a comma and the next field; all else
/// may be a part of the key.
bool ends_value(std::string_view line, std::size_t after) {
  const auto tail = std::min(line.find_first_not_of(" \t", after), line.size());
  const auto rest = line.substr(tail);
  if (rest.empty() || std::string_view("]}\\").find(rest.front()) != std::string_view::npos) return true;
  if (tail > after && (rest.starts_with('#') || rest.starts_with("//"))) return true;
  return begins_next_field(rest);
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

}  // namespace

bool is_wrapping(char c) {
  return c == ' ' || c == '\t' || c == '"' || c == '\'' || c == '\\';
}

std::string_view word_before(std::string_view line, std::size_t end) {
  while (end > 0 && is_wrapping(line[end - 1])) --end;
  auto start = end;
  while (start > 0 && end - start < kMostLooked &&
         (is_word(line[start - 1]) || line[start - 1] == '.' || is_foreign(line[start - 1]) ||
          (line[start - 1] == '\\' && start < line.size() && line[start] == 'u'))) {
    --start;
  }
  const auto word = line.substr(start, end - start);
  return word.substr(find_sign_end(word));
}

std::size_t separator_length(std::string_view rest) {
  if (rest.starts_with("：") || rest.starts_with("﹕") || rest.starts_with("；") || rest.starts_with("＝")) return 3;
  return rest.starts_with(':') || rest.starts_with('=') || rest.starts_with(';') ? 1 : 0;
}

bool is_glued_to_value(std::string_view line, std::size_t at) {
  if (at == 0 || at >= line.size() || line[at] != ' ' || !is_word(line[at - 1])) return false;
  const auto next = line.find_first_not_of(" \t", at);
  return next != std::string_view::npos && line[next] != '#' && separator_length(line.substr(next)) == 0;
}

bool begins_next_field(std::string_view rest) {
  if (!rest.starts_with(',')) return false;
  const auto next = std::min(rest.find_first_not_of(" \t\"'\\{", 1), rest.size());
  auto end = next;
  while (end < rest.size() && (is_word(rest[end]) || rest[end] == '\\')) ++end;
  while (end < rest.size() && is_wrapping(rest[end])) ++end;
  return next == rest.size() || rest[next] == ']' || rest[next] == '}' || (end < rest.size() && rest[end] == ':');
}

Extent find_extent(std::string_view line, std::size_t start, char quote, std::size_t escapes) {
  if (quote == '\0') return {.end = std::min(line.find(" #", start), line.size()), .goes_on = true};
  for (auto at = start; at < line.size(); ++at) {
    std::size_t backslashes = 0;
    while (at + backslashes < line.size() && line[at + backslashes] == '\\') ++backslashes;
    const auto after = at + backslashes;
    if (after < line.size() && line[after] == quote && backslashes <= escapes)
      return ends_value(line, after + 1) ? Extent{.end = at} : Extent{.end = line.size()};
    at = after;
  }
  return {.end = line.size(), .goes_on = true};
}

bool is_host_port(std::string_view host, std::string_view rest) {
  constexpr std::size_t kMostDigits = 5;
  const auto end = static_cast<std::size_t>(std::find_if_not(rest.begin() + 1, rest.end(), is_digit) - rest.begin());
  const bool is_port =
      rest.front() == ':' && end > 1 && end <= kMostDigits + 1 &&
      (end == rest.size() || std::string_view(" \t,;/\"'\\]}").find(rest[end]) != std::string_view::npos);
  return is_port && host.find('.') != std::string_view::npos && is_dns_subdomain(host);
}

std::size_t find_userinfo_end(std::string_view line, std::size_t start) {
  line = line.substr(0, start + kMostLooked);
  const auto word_end = std::min(line.find_first_of(" \t\"'<>", start), line.size());
  const auto word = line.substr(start, word_end - start);
  if (const auto at = word.rfind('@'); at != std::string_view::npos) return start + at;
  if (word.find(':') == std::string_view::npos) return std::string_view::npos;
  const auto rest = line.substr(start, line.find("://", start) - start);
  const auto at = rest.rfind('@');
  return at == std::string_view::npos ? at : start + at;
}

std::size_t find_password_end(std::string_view line, std::size_t start) {
  line = line.substr(0, start + kMostLooked);
  const auto word_end = std::min(line.find_first_of(" \t\"'<>,;{}[]", start), line.size());
  const auto at = line.substr(start, word_end - start).rfind('@');
  return at == std::string_view::npos ? at : start + at;
}

bool begins_field(std::string_view line) {
  auto at = std::min(line.find_first_not_of(" \t-"), line.size());
  while (at < line.size() && (line[at] == '"' || line[at] == '\'')) ++at;
  const auto start = at;
  while (at < line.size() && (is_word(line[at]) || is_foreign(line[at]))) ++at;
  if (at == start || at - start > 40) return false;
  while (at < line.size() && (line[at] == '"' || line[at] == '\'')) ++at;
  return at < line.size() && line[at] == ':' && (at + 1 == line.size() || line[at + 1] == ' ' || line[at + 1] == '"');
}

}  // namespace acr::config
