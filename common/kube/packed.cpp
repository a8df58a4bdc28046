// SPDX-License-Identifier: Apache-2.0
#include "common/kube/packed.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "common/base/text.hpp"

namespace acr::kube {
namespace {

/// How a text is written; in the lowest bits of its first number.
enum Form : std::uint64_t { Plain, Number, Uuid, Hex };
constexpr unsigned kFormBits = 2;
constexpr std::uint64_t kFormMask = 3;

constexpr std::size_t kLongestNumber = 18;  // digits, so that form and number fit into 64 bits
constexpr std::size_t kShortestHex = 8;
constexpr std::size_t kUuidSize = 36;
constexpr std::string_view kDigits = "0123456789abcdef";

constexpr bool is_dash_of_uuid(std::size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

bool is_hex(char c) {
  return kDigits.find(c) != std::string_view::npos;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= kLongestNumber && (text.size() == 1 || text.front() != '0') &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidSize) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_of_uuid(i) ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

Form form_of(std::string_view text) {
  if (is_number(text)) return Number;
  if (is_uuid(text)) return Uuid;
  return text.size() >= kShortestHex && text.size() % 2 == 0 && std::ranges::all_of(text, is_hex) ? Hex : Plain;
}

/// The bytes that the hex digits of `text` mean; dashes are skipped.
void append_nibbles(std::string& bytes, std::string_view text) {
  unsigned high = 0;
  bool half = false;
  for (const char c : text) {
    if (c == '-') continue;
    const auto digit = static_cast<unsigned>(kDigits.find(c));
    if (half) bytes.push_back(static_cast<char>(high << 4 | digit));
    high = digit;
    half = !half;
  }
}

char* put_hex(char* to, char byte) {
  *to++ = kDigits[static_cast<unsigned char>(byte) >> 4];
  *to++ = kDigits[static_cast<unsigned char>(byte) & 0xf];
  return to;
}

std::string hex_of(std::string_view bytes) {
  std::string text(2 * bytes.size(), '\0');
  char* to = text.data();
  for (const char byte : bytes) to = put_hex(to, byte);
  return text;
}

std::string uuid_of(std::string_view bytes) {
  std::array<char, kUuidSize> text;
  char* to = text.data();
  for (const char byte : bytes) {
    if (is_dash_of_uuid(static_cast<std::size_t>(to - text.data()))) *to++ = '-';
    to = put_hex(to, byte);
  }
  return {text.data(), text.size()};
}

}  // namespace

SharedBytes::SharedBytes(std::string_view bytes)
    : block_(static_cast<Head*>(::operator new(sizeof(Head) + bytes.size()))) {
  new (block_) Head{.owners = 1, .size = static_cast<std::uint32_t>(bytes.size())};
  if (!bytes.empty()) std::memcpy(block_ + 1, bytes.data(), bytes.size());
}

SharedBytes::SharedBytes(const SharedBytes& other) noexcept : block_(other.block_) {
  if (block_ != nullptr) ++block_->owners;
}

SharedBytes::~SharedBytes() {
  if (block_ != nullptr && --block_->owners == 0) ::operator delete(block_);
}

std::string_view SharedBytes::view() const {
  if (block_ == nullptr) return {};
  return {reinterpret_cast<const char*>(block_ + 1), block_->size};
}

void Packer::add_number(std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes_.push_back(static_cast<char>(number | 0x80));
  bytes_.push_back(static_cast<char>(number));
}

void Packer::add_key(KeyView key) {
  for (const auto part : {key.namespace_, key.name}) {
    add_number(part.size());
    bytes_.append(part);
  }
}

void Packer::add(std::string_view text) {
  const auto form = form_of(text);
  const auto begin = [&](std::uint64_t number) { add_number(number << kFormBits | form); };
  switch (form) {
    case Number:
      return begin(static_cast<std::uint64_t>(*parse_unsigned(text)));
    case Uuid:
      begin(0);
      return append_nibbles(bytes_, text);
    case Hex:
      begin(text.size() / 2);
      return append_nibbles(bytes_, text);
    case Plain:
      begin(text.size());
      bytes_.append(text);
  }
}

void Packer::add(const std::vector<std::string>& texts) {
  add_number(texts.size());
  for (const auto& text : texts) add(text);
}

void Packer::add(const TextMap& texts) {
  add_number(texts.size());
  for (const auto& [name, text] : texts) {
    add(name);
    add(text);
  }
}

std::uint64_t Unpacker::take_number() {
  std::uint64_t number = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
}

std::string_view Unpacker::take_bytes(std::size_t size) {
  const auto bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

KeyView Unpacker::take_key() {
  const auto namespace_name = take_bytes(take_number());
  const auto name = take_bytes(take_number());
  return {namespace_name, name};
}

void Unpacker::take(std::string& text) {
  const auto first = take_number();
  const auto number = first >> kFormBits;
  switch (static_cast<Form>(first & kFormMask)) {
    case Number:
      text = std::to_string(number);
      break;
    case Uuid:
      text = uuid_of(take_bytes(16));
      break;
    case Hex:
      text = hex_of(take_bytes(number));
      break;
    case Plain:
      text = std::string(take_bytes(number));
      break;
  }
}

void Unpacker::take(std::vector<std::string>& texts) {
  texts.resize(take_number());
  for (auto& text : texts) take(text);
}

void Unpacker::take(TextMap& texts) {
  for (auto left = take_number(); left > 0; --left) {
    std::string name;
    take(name);
    take(texts.emplace_hint(texts.end(), std::move(name), std::string())->second);
  }
}

}  // namespace acr::kube
