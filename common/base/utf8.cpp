// SPDX-License-Identifier: Apache-2.0
#include "common/base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace acr {
namespace {

struct Utf8Head {
  std::size_t size;  ///< of the character; 0 = no character begins so
  /// Range of the second byte: no surrogates, nothing over U+10FFFF, no longer form than needed.
  unsigned char low, high;
};

Utf8Head head_of(unsigned char first) {
  if (first >= 0xC2 && first <= 0xDF) return {.size = 2, .low = 0x80, .high = 0xBF};
  if (first == 0xE0) return {.size = 3, .low = 0xA0, .high = 0xBF};
  if (first == 0xED) return {.size = 3, .low = 0x80, .high = 0x9F};
  if (first >= 0xE1 && first <= 0xEF) return {.size = 3, .low = 0x80, .high = 0xBF};
  if (first == 0xF0) return {.size = 4, .low = 0x90, .high = 0xBF};
  if (first >= 0xF1 && first <= 0xF3) return {.size = 4, .low = 0x80, .high = 0xBF};
  if (first == 0xF4) return {.size = 4, .low = 0x80, .high = 0x8F};
  return {.size = 0, .low = 0, .high = 0};
}

/// Eight bytes at once.
bool is_ascii_stride(const char* bytes) {
  std::uint64_t stride = 0;
  std::memcpy(&stride, bytes, sizeof(stride));
  return (stride & 0x8080808080808080U) == 0;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto head = head_of(byte(0));
  if (head.size == 0 || text.size() < head.size || byte(1) < head.low || byte(1) > head.high) return 0;
  for (std::size_t at = 2; at < head.size; ++at) {
    if ((byte(at) & 0xC0U) != 0x80U) return 0;
  }
  return head.size;
}

std::size_t find_broken_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (at + sizeof(std::uint64_t) <= text.size() && is_ascii_stride(text.data() + at)) {
      at += sizeof(std::uint64_t);
    } else if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
    } else {
      const auto length = utf8_length(text.substr(at));
      if (length == 0) return at;
      at += length;
    }
  }
  return std::string_view::npos;
}

}  // namespace acr
