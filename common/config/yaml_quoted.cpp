// SPDX-License-Identifier: Apache-2.0
// Scalars in quotes, with their escapes and folded lines.
#include <algorithm>
#include <optional>

#include "common/config/yaml_scalar.hpp"

namespace acr::config {
namespace {

constexpr char32_t kHighSurrogates = 0xD800;
constexpr char32_t kLowSurrogates = 0xDC00;
constexpr char32_t kBehindSurrogates = 0xE000;

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

std::optional<char32_t> read_hex(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  char32_t code = 0;
  for (const char c : text.substr(at, digits)) {
    const auto value = std::string_view("0123456789abcdef").find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    if (value == std::string_view::npos) return std::nullopt;
    code = code * 16 + static_cast<char32_t>(value);
  }
  return code;
}

/// The character of a one-letter escape. Those for invisible blanks and line ends of other kinds are left out.
std::optional<char32_t> find_simple_escape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
    case ' ':
      return static_cast<char32_t>(letter);
    case 'n':
      return U'\n';
    case 't':
    case '\t':
      return U'\t';
    case 'r':
      return U'\r';
    case '0':
      return U'\0';
    case 'a':
      return U'\a';
    case 'b':
      return U'\b';
    case 'e':
      return U'\x1B';
    case 'f':
      return U'\f';
    case 'v':
      return U'\v';
    default:
      return std::nullopt;
  }
}

class QuoteReader {
 public:
  explicit QuoteReader(YamlCursor& cursor) : cursor_(cursor), text_(cursor.text()), at_(cursor.at() + 1) {}

  /// Leaves the cursor behind the closing quote.
  std::optional<std::string> read() {
    const auto start = cursor_.at();
    const char quote = cursor_.peek();
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == quote && quote == '\'' && at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
        out_ += quote;
        at_ += 2;
      } else if (c == quote) {
        cursor_.move_to(at_ + 1);
        return std::move(out_);
      } else if (c == '\\' && quote == '"') {
        if (!read_escape()) return std::nullopt;
      } else if (c == '\n') {
        fold();
      } else {
        out_ += c;
        ++at_;
      }
    }
    cursor_.fail(start, "this quote is never closed", "close it, or leave the quotes away");
    return std::nullopt;
  }

 private:
  void next_line() {
    ++at_;
    cursor_.move_to(at_, at_);
    at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size());
  }

  /// Blanks around a line end go, but not what was written as an escape.
  void fold() {
    while (out_.size() > kept_ && (out_.back() == ' ' || out_.back() == '\t')) out_.pop_back();
    std::size_t breaks = 0;
    for (; at_ < text_.size() && text_[at_] == '\n'; ++breaks) next_line();
    if (breaks == 1) {
      out_ += ' ';
    } else {
      out_.append(breaks - 1, '\n');
    }
    kept_ = out_.size();
  }

  bool read_escape() {
    const auto start = at_;
    if (at_ + 1 >= text_.size()) {
      ++at_;
      return true;  // reported as an open quote
    }
    const char letter = text_[at_ + 1];
    if (letter == '\n') {
      ++at_;
      next_line();
      for (; at_ < text_.size() && text_[at_] == '\n'; next_line()) out_ += '\n';
      kept_ = out_.size();
      return true;
    }
    at_ += 2;
    auto code = find_simple_escape(letter);
    if (letter == 'x') code = read_code(2);
    if (letter == 'u') code = read_code(4);
    if (letter == 'U') code = read_code(8);
    if (!code) {
      return cursor_.fail(start, "this is not an escape that YAML knows",
                          "write a backslash twice, or use single quotes");
    }
    if ((*code < 0x20 && *code != U'\n' && *code != U'\t' && *code != U'\r') || *code == 0x7F) {
      return cursor_.fail(start, "this escape stands for a control character", "delete it", "control-character");
    }
    append_utf8(out_, *code);
    kept_ = out_.size();
    return true;
  }

  std::optional<char32_t> read_code(std::size_t digits) {
    auto code = read_hex(text_, at_, digits);
    if (!code) return std::nullopt;
    at_ += digits;
    if (*code >= kHighSurrogates && *code < kLowSurrogates && text_.substr(at_, 2) == "\\u") {
      const auto low = read_hex(text_, at_ + 2, 4);
      if (low && *low >= kLowSurrogates && *low < kBehindSurrogates) {
        code = 0x10000 + ((*code - kHighSurrogates) << 10) + (*low - kLowSurrogates);
        at_ += 6;
      }
    }
    const bool is_character = *code <= 0x10FFFF && (*code < kHighSurrogates || *code >= kBehindSurrogates);
    return is_character ? code : std::nullopt;
  }

  YamlCursor& cursor_;
  std::string_view text_;
  std::size_t at_;
  std::string out_;
  /// So much of out_ is not to be trimmed any more.
  std::size_t kept_ = 0;
};

/// The closing quote if all up to it stands for itself; else npos.
std::size_t find_verbatim_end(std::string_view text, std::size_t start) {
  const char quote = text[start];
  const auto end = text.find_first_of(quote == '"' ? "\"\\\n" : "'\n", start + 1);
  if (end == std::string_view::npos || text[end] != quote) return std::string_view::npos;
  const bool is_doubled = quote == '\'' && end + 1 < text.size() && text[end + 1] == quote;
  return is_doubled ? std::string_view::npos : end;
}

}  // namespace

bool read_quoted(YamlCursor& cursor, YamlTree& tree) {
  const auto start = cursor.at();
  if (const auto end = find_verbatim_end(cursor.text(), start); end != std::string_view::npos) {
    tree.add_slice(start, start + 1, end - start - 1);
    cursor.move_to(end + 1);
    return true;
  }
  const auto text = QuoteReader(cursor).read();
  if (!text) return false;
  tree.add_decoded(start, *text);
  return true;
}

}  // namespace acr::config
