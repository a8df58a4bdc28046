// SPDX-License-Identifier: Apache-2.0
// What editors and consoles leave in a value that no reader of it should have to know.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/config/source_text.hpp"

namespace acr::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// No-break space and ideographic space: copied from web pages, and invisible.
constexpr std::string_view kForeignBlanks[] = {"\xC2\xA0", "\xE3\x80\x80"};

std::size_t find_control_character(std::string_view text) {
  const auto* found = std::find_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F;
  });
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

/// CRLF and lone CR become LF, foreign blanks spaces, and lines of blanks empty.
class Cleaner {
 public:
  explicit Cleaner(std::string_view value) : value_(value) { text_.reserve(value.size()); }

  std::string clean() {
    for (std::size_t i = 0; i < value_.size();) {
      const auto rest = value_.substr(i);
      if (const auto blank = foreign_blank_size(rest); blank > 0) {
        foreign_ = std::min(foreign_, i);
        text_ += ' ';
        i += blank;
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

  /// Where the first foreign blank stands in the value; npos if there is none.
  [[nodiscard]] std::size_t foreign() const { return foreign_; }

 private:
  static std::size_t foreign_blank_size(std::string_view rest) {
    if (static_cast<unsigned char>(rest[0]) < 0x80) return 0;
    const auto* blank = std::find_if(std::begin(kForeignBlanks), std::end(kForeignBlanks),
                                     [rest](std::string_view candidate) { return rest.starts_with(candidate); });
    return blank == std::end(kForeignBlanks) ? 0 : blank->size();
  }

  void end_line() {
    if (text_.find_first_not_of(" \t", line_start_) == std::string::npos) text_.resize(line_start_);
  }

  std::string_view value_;
  std::string text_;
  std::size_t line_start_ = 0;
  std::size_t foreign_ = std::string_view::npos;
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
  if (cleaner.foreign() != std::string_view::npos) {
    const auto before = text_before(key, value, cleaner.foreign());
    findings.warning("foreign-blank", before, before.text().size(), "a blank that is not a space was read as one",
                     "type a plain space");
  }
  return source;
}

}  // namespace acr::config
