// SPDX-License-Identifier: Apache-2.0
#include "common/base/json_scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "common/base/utf8.hpp"

namespace acr {
namespace {

constexpr std::uint64_t repeat(unsigned char byte) {
  return 0x0101010101010101U * byte;
}

/// Has its lowest high bit set in the first byte of the stride that needs a look: a quote, a backslash, a control
/// character or one beyond ASCII. 0 = none does.
std::uint64_t special_bytes(std::uint64_t stride) {
  const auto zero_bytes = [](std::uint64_t bytes) { return (bytes - repeat(0x01)) & ~bytes; };
  const auto controls = (stride - repeat(0x20)) & ~stride;
  return (stride | controls | zero_bytes(stride ^ repeat('"')) | zero_bytes(stride ^ repeat('\\'))) & repeat(0x80);
}

/// How many plain characters follow, looked at eight at once; rounded down.
std::size_t plain_length(const char* bytes, std::size_t left) {
  std::size_t length = 0;
  for (; left - length >= sizeof(std::uint64_t); length += sizeof(std::uint64_t)) {
    std::uint64_t stride = 0;
    std::memcpy(&stride, bytes + length, sizeof(stride));
    const auto special = special_bytes(stride);
    if (special == 0) continue;
    if constexpr (std::endian::native == std::endian::little)
      length += static_cast<std::size_t>(std::countr_zero(special)) / 8;
    break;
  }
  return length;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The value of four hexadecimal digits; -1 if they are none.
int hex_value(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int value = 0;
  for (const char c : digits.substr(0, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    const int digit = is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(std::string& text, unsigned point) {
  const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xC0U | (point >> 6U));
    tail(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xE0U | (point >> 12U));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0U | (point >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

bool is_high_half(int unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low_half(int unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

/// Appends the character of the \u escape whose digits `rest` begins with; gives how much of `rest` it took.
std::size_t append_escaped_unit(std::string& text, std::string_view rest) {
  const int unit = hex_value(rest);
  if (is_high_half(unit) && rest.substr(4, 2) == "\\u") {
    const int low = hex_value(rest.substr(6));
    if (is_low_half(low)) {
      append_utf8(text,
                  0x10000U + ((static_cast<unsigned>(unit) - 0xD800U) << 10U) + (static_cast<unsigned>(low) - 0xDC00U));
      return 10;
    }
  }
  const bool is_half = is_high_half(unit) || is_low_half(unit);
  append_utf8(text, is_half ? 0xFFFDU : static_cast<unsigned>(unit));
  return 4;
}

constexpr std::string_view kEscapes = "\"\\/bfnrt";
constexpr std::string_view kEscaped = "\"\\/\b\f\n\r\t";

}  // namespace

std::string_view decode(const JsonText& text, std::string& space) {
  if (!text.escaped) return text.raw;
  space.clear();
  for (std::size_t at = 0; at < text.raw.size();) {
    const auto next = std::min(text.raw.find('\\', at), text.raw.size());
    space.append(text.raw.substr(at, next - at));
    at = next + 2;
    if (next == text.raw.size()) break;
    const char kind = text.raw[next + 1];
    if (kind == 'u') {
      at += append_escaped_unit(space, text.raw.substr(at));
    } else {
      space += kEscaped[kEscapes.find(kind)];
    }
  }
  return space;
}

void JsonScanner::fault(const char* reason) {
  if (broken_) return;
  broken_ = true;
  reason_ = reason;
  fault_at_ = at_;
  at_ = text_.size();
}

void JsonScanner::skip_space() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
}

void JsonScanner::expect(char c) {
  skip_space();
  if (peek() != c || at_ == text_.size()) return fault("another character is expected");
  ++at_;
}

JsonScanner::Kind JsonScanner::next() {
  skip_space();
  if (broken_ || at_ == text_.size()) {
    fault("it ends too early");
    return Kind::Broken;
  }
  switch (text_[at_]) {
    case '{':
      return Kind::Object;
    case '[':
      return Kind::Array;
    case '"':
      return Kind::String;
    case 'n':
      return Kind::Null;
    default:
      return Kind::Other;
  }
}

bool JsonScanner::enter(char open, char close) {
  const auto kind = next();
  if (kind == Kind::Broken) return false;
  if (text_[at_] != open) {
    skip_value();
    return false;
  }
  if (depth_left_ == 0) {
    fault("it is nested too deeply");
    return false;
  }
  ++at_;
  skip_space();
  if (peek() == close) {
    ++at_;
    return false;
  }
  --depth_left_;
  return true;
}

bool JsonScanner::more(char close) {
  skip_space();
  if (peek() == ',') {
    ++at_;
    return !broken_;
  }
  expect(close);
  ++depth_left_;
  return false;
}

JsonText JsonScanner::read_key() {
  skip_space();
  if (peek() != '"') {
    fault("a member's name is expected");
    return {};
  }
  const auto key = scan_string();
  expect(':');
  return key;
}

JsonText JsonScanner::read_string() {
  if (next() == Kind::String) return scan_string();
  skip_value();
  return {};
}

bool JsonScanner::scan_escape(std::size_t at, std::size_t& length) {
  const char kind = at + 1 < text_.size() ? text_[at + 1] : '\0';
  length = kind == 'u' ? 6 : 2;
  return kind == 'u' ? hex_value(text_.substr(std::min(at + 2, text_.size()))) >= 0
                     : kind != '\0' && kEscapes.find(kind) != std::string_view::npos;
}

JsonText JsonScanner::scan_string() {
  const std::size_t begin = ++at_;
  bool escaped = false;
  while (at_ < text_.size()) {
    at_ += plain_length(text_.data() + at_, text_.size() - at_);
    if (at_ == text_.size()) break;
    const auto byte = static_cast<unsigned char>(text_[at_]);
    std::size_t length = 1;
    if (byte == '"') return {.raw = text_.substr(begin, at_++ - begin), .escaped = escaped};
    if (byte == '\\') {
      escaped = true;
      if (!scan_escape(at_, length)) break;
    } else if (byte < 0x20) {
      break;
    } else if (byte >= 0x80) {
      length = utf8_length(text_.substr(at_));
      if (length == 0) break;
    }
    at_ += length;
  }
  fault("a string is broken");
  return {};
}

void JsonScanner::scan_literal(std::string_view literal) {
  if (text_.substr(at_, literal.size()) != literal) return fault("a value is expected");
  at_ += literal.size();
}

void JsonScanner::scan_digits() {
  if (!is_digit(peek())) return fault("a digit is expected");
  while (is_digit(peek())) ++at_;
}

void JsonScanner::scan_number() {
  if (peek() == '-') ++at_;
  if (peek() == '0') {
    ++at_;
  } else {
    scan_digits();
  }
  if (peek() == '.') {
    ++at_;
    scan_digits();
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    scan_digits();
  }
}

void JsonScanner::skip_value() {  // NOLINT(misc-no-recursion): the depth is bounded
  if (next() == Kind::Broken) return;
  switch (text_[at_]) {
    case '{':
      if (!enter('{', '}')) return;
      do {
        read_key();
        skip_value();
      } while (more('}'));
      return;
    case '[':
      return read_array([this] { skip_value(); });
    case '"':
      scan_string();
      return;
    case 't':
      return scan_literal("true");
    case 'f':
      return scan_literal("false");
    case 'n':
      return scan_literal("null");
    default:
      return scan_number();
  }
}

std::string_view JsonScanner::skip() {
  skip_space();
  const auto begin = at_;
  skip_value();
  return text_since(begin);
}

Result<void> JsonScanner::finish() {
  skip_space();
  if (at_ != text_.size()) fault("something follows the value");
  if (!broken_) return {};
  return fail(ErrorKind::Protocol, fmt::format("not JSON at byte {}: {}", fault_at_, reason_));
}

}  // namespace acr
