// SPDX-License-Identifier: Apache-2.0
// What editors and consoles leave in a value that no reader of it should have to know.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "common/config/source_text.hpp"

namespace acr::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
/// Characters that are copied from web pages and documents with what is seen.
struct ForeignCharacter {
  std::string_view text;
  std::string_view code;
};

// No-break, en, em, thin, narrow no-break and ideographic space.
constexpr ForeignCharacter kForeignBlanks[] = {{"\xC2\xA0", "U+00A0"},     {"\xE2\x80\x82", "U+2002"},
                                               {"\xE2\x80\x83", "U+2003"}, {"\xE2\x80\x89", "U+2009"},
                                               {"\xE2\x80\xAF", "U+202F"}, {"\xE3\x80\x80", "U+3000"}};
// Soft hyphen, zero-width space and joiners, marks of direction, word joiner, a byte order mark that is not at the
// start.
constexpr ForeignCharacter kInvisible[] = {
    {"\xC2\xAD", "U+00AD"},     {"\xE2\x80\x8B", "U+200B"}, {"\xE2\x80\x8C", "U+200C"}, {"\xE2\x80\x8D", "U+200D"},
    {"\xE2\x80\x8E", "U+200E"}, {"\xE2\x80\x8F", "U+200F"}, {"\xE2\x80\xAA", "U+202A"}, {"\xE2\x80\xAC", "U+202C"},
    {"\xE2\x81\xA0", "U+2060"}, {"\xEF\xBB\xBF", "U+FEFF"}};

std::size_t find_control_character(std::string_view text) {
  const auto* found = std::find_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F;
  });
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

/// The one of them that `rest` starts with; nullptr if none.
const ForeignCharacter* find_foreign(std::span<const ForeignCharacter> characters, std::string_view rest) {
  const auto found = std::find_if(characters.begin(), characters.end(), [rest](const ForeignCharacter& candidate) {
    return rest.starts_with(candidate.text);
  });
  return found == characters.end() ? nullptr : &*found;
}

/// CRLF and lone CR become LF, foreign blanks spaces, invisible characters nothing, and lines of blanks empty.
class Cleaner {
 public:
  explicit Cleaner(std::string_view value) : value_(value) { text_.reserve(value.size()); }

  std::string clean() {
    for (std::size_t i = 0; i < value_.size();) {
      const auto rest = value_.substr(i);
      const bool is_ascii = static_cast<unsigned char>(rest[0]) < 0x80;
      if (const auto* blank = is_ascii ? nullptr : find_foreign(kForeignBlanks, rest)) {
        if (!foreign_.character) foreign_ = {.character = blank, .at = i};
        text_ += ' ';
        i += blank->text.size();
      } else if (const auto* invisible = is_ascii ? nullptr : find_foreign(kInvisible, rest)) {
        if (!invisible_.character) invisible_ = {.character = invisible, .at = i};
        i += invisible->text.size();
      } else if (rest[0] == '\r' && rest.substr(1).starts_with('\n')) {
        ++i;
      } else if (rest[0] == '\r' || rest[0] == '\n') {
        end_line();
        text_ += '\n';
        line_start_ = text_.size();
        ++i;
      } else {
        text_ += rest[0];
        ++i;
      }
    }
    end_line();
    return std::move(text_);
  }

  /// The first one of its kind and where it stands in the value; no character if there is none.
  struct Found {
    const ForeignCharacter* character = nullptr;
    std::size_t at = 0;
  };
  [[nodiscard]] Found foreign() const { return foreign_; }
  [[nodiscard]] Found invisible() const { return invisible_; }

 private:
  void end_line() {
    if (text_.find_first_not_of(" \t", line_start_) == std::string::npos) text_.resize(line_start_);
  }

  std::string_view value_;
  std::string text_;
  std::size_t line_start_ = 0;
  Found foreign_;
  Found invisible_;
};

/// The text before a place in the value as its author sees it: reports go to its end.
SourceText text_before(const std::string& key, std::string_view value, std::size_t offset) {
  std::string text;
  for (std::size_t i = 0; i < offset; ++i) {
    if (value[i] != '\r') {
      text += value[i];
    } else if (i + 1 >= value.size() || value[i + 1] != '\n') {
      text += '\n';
    }
  }
  return {key, std::move(text)};
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    const auto first = byte(i);
    std::size_t size = 1;
    if (first >= 0xC2 && first <= 0xDF) size = 2;
    if (first >= 0xE0 && first <= 0xEF) size = 3;
    if (first >= 0xF0 && first <= 0xF4) size = 4;
    bool is_valid = size > 1 || first < 0x80;
    for (std::size_t k = 1; k < size; ++k) is_valid = is_valid && (byte(i + k) & 0xC0U) == 0x80;
    // Longer than needed, half of a surrogate pair, beyond Unicode.
    const auto second = byte(i + 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
        (first == 0xF4 && second > 0x8F)) {
      is_valid = false;
    }
    if (!is_valid) return i;
    i += size;
  }
  return std::string_view::npos;
}

SourceText clean_value(const std::string& key, std::string_view value, Findings& findings) {
  SourceText nothing(key, {});
  if (value.starts_with(kByteOrderMark)) {
    findings.info("bom-stripped", nothing, 0, "the byte order mark at the start was ignored");
    while (value.starts_with(kByteOrderMark)) value.remove_prefix(kByteOrderMark.size());
  }
  if (const auto invalid = find_invalid_utf8(value); invalid != std::string_view::npos) {
    const auto before = text_before(key, value, invalid);
    findings.error("invalid-utf8", before, before.text().size(),
                   fmt::format("this is not UTF-8 (byte {:#04x})", static_cast<unsigned char>(value[invalid])),
                   value.starts_with("\xFF\xFE") || value.starts_with("\xFE\xFF")
                       ? "it looks like UTF-16: save the file as UTF-8"
                       : "save the file as UTF-8");
    return nothing;
  }
  if (const auto control = find_control_character(value); control != std::string_view::npos) {
    const auto before = text_before(key, value, control);
    findings.error("control-character", before, before.text().size(),
                   fmt::format("a control character (code {}) stands here", static_cast<int>(value[control])),
                   value[control] == '\0' ? "was the file UTF-16? save it as UTF-8" : "delete it");
    return nothing;
  }
  Cleaner cleaner(value);
  SourceText source(key, cleaner.clean());
  if (const auto [blank, at] = cleaner.foreign(); blank != nullptr) {
    const auto before = text_before(key, value, at);
    findings.warning("foreign-blank", before, before.text().size(),
                     fmt::format("a blank that is not a space ({}) was read as one", blank->code),
                     "type a plain space");
  }
  if (const auto [invisible, at] = cleaner.invisible(); invisible != nullptr) {
    const auto before = text_before(key, value, at);
    findings.warning("invisible-character", before, before.text().size(),
                     fmt::format("an invisible character ({}) was ignored", invisible->code),
                     "type the line anew instead of pasting it");
  }
  return source;
}

}  // namespace acr::config
