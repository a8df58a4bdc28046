// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/scalar_places.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace acr::controller {
namespace {

enum class Style { Plain, SingleQuoted, DoubleQuoted, Block };

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string encode_utf8(unsigned long code) {
  const auto byte = [](unsigned long bits) { return static_cast<char>(bits); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0U | (code >> 6U)), byte(0x80U | (code & 0x3FU))};
  if (code < 0x10000)
    return {byte(0xE0U | (code >> 12U)), byte(0x80U | ((code >> 6U) & 0x3FU)), byte(0x80U | (code & 0x3FU))};
  return {byte(0xF0U | (code >> 18U)), byte(0x80U | ((code >> 12U) & 0x3FU)), byte(0x80U | ((code >> 6U) & 0x3FU)),
          byte(0x80U | (code & 0x3FU))};
}

/// What an escape stands for and how many bytes it takes, the backslash included.
struct Escape {
  std::string meaning;
  std::size_t length = 2;
};

Escape read_hex_escape(std::string_view text, std::size_t digits) {
  const auto hex = std::string(text.substr(2, digits));
  const bool is_hex = hex.size() == digits && hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  return {.meaning = is_hex ? encode_utf8(std::stoul(hex, nullptr, 16)) : std::string(), .length = 2 + digits};
}

/// `text` starts with a backslash.
Escape read_escape(std::string_view text) {
  if (text.size() < 2) return {};
  switch (text[1]) {
    case 'x':
      return read_hex_escape(text, 2);
    case 'u':
      return read_hex_escape(text, 4);
    case 'U':
      return read_hex_escape(text, 8);
    case '\n': {  // the line goes on in the next one
      const auto next = std::min(text.find_first_not_of(" \t", 2), text.size());
      return {.meaning = {}, .length = next};
    }
    case '0':
      return {.meaning = std::string(1, '\0')};
    case 'N':
      return {.meaning = encode_utf8(0x85)};
    case '_':
      return {.meaning = encode_utf8(0xA0)};
    case 'L':
      return {.meaning = encode_utf8(0x2028)};
    case 'P':
      return {.meaning = encode_utf8(0x2029)};
    default:
      break;
  }
  constexpr std::string_view kNames = "abtnvfre";
  constexpr std::string_view kMeanings = "\a\b\t\n\v\f\r\x1B";
  const auto index = kNames.find(text[1]);
  return {.meaning = std::string(1, index == std::string_view::npos ? text[1] : kMeanings[index])};
}

/// Walks over file and value side by side.
class Alignment {
 public:
  Alignment(std::string_view file, std::size_t start, std::string_view value)
      : file_(file), value_(value), at_(std::min(start, file.size())) {
    enter();
  }

  std::vector<std::size_t> run() {
    places_.reserve(value_.size() + 1);
    while (places_.size() < value_.size()) {
      if (!step()) return {};
    }
    places_.push_back(at_);
    return std::move(places_);
  }

 private:
  void enter() {
    const char sign = peek();
    if (sign == '"' || sign == '\'') {
      style_ = sign == '"' ? Style::DoubleQuoted : Style::SingleQuoted;
      ++at_;
    } else if (sign == '|' || sign == '>') {
      style_ = Style::Block;
      at_ = std::min(file_.find('\n', at_), file_.size());
      indent_ = find_block_indent();
      if (at_ < file_.size()) ++at_;
      skip_indent();
    }
  }

  /// The indentation of the block is that of its first line with content, unless a sign says that the content itself
  /// starts with blanks: then the value does.
  [[nodiscard]] std::size_t find_block_indent() const {
    for (auto line = at_; line < file_.size(); line = std::min(file_.find('\n', line + 1), file_.size())) {
      const auto content = file_.find_first_not_of(' ', line + 1);
      if (content == std::string_view::npos || file_[content] == '\n') continue;
      const auto start = std::min(value_.find_first_not_of('\n'), value_.size());
      const auto own = std::min(value_.find_first_not_of(' ', start), value_.size()) - start;
      const auto width = content - line - 1;
      return width - std::min(own, width);
    }
    return 0;
  }

  void skip_indent() {
    for (std::size_t i = 0; i < indent_ && peek() == ' '; ++i) ++at_;
  }

  [[nodiscard]] char peek() const { return at_ < file_.size() ? file_[at_] : '\0'; }

  bool step() {
    if (at_ >= file_.size()) return finish_at_end();
    if (style_ != Style::Block && at_ >= measured_to_) {
      if (const auto gap = measure_gap(); gap.breaks > 0) return step_gap(gap);
    }
    const char wanted = value_[places_.size()];
    const char found = file_[at_];
    if (style_ == Style::DoubleQuoted && found == '\\') return step_escape();
    if (found == wanted) {
      places_.push_back(at_++);
      if (style_ == Style::SingleQuoted && wanted == '\'') ++at_;  // written twice
      if (style_ == Style::Block && wanted == '\n') skip_indent();
      return true;
    }
    return step_fold(wanted, found);
  }

  /// A block may end with a line end that the file does not have.
  bool finish_at_end() {
    if (style_ != Style::Block || value_.find_first_not_of('\n', places_.size()) != std::string_view::npos)
      return false;
    places_.push_back(at_);
    return true;
  }

  bool step_escape() {
    const auto escape = read_escape(file_.substr(at_));
    for (const char c : escape.meaning) {
      if (places_.size() >= value_.size() || value_[places_.size()] != c) return false;
      places_.push_back(at_);
    }
    at_ += escape.length;
    return true;
  }

  /// A run of blanks and line ends.
  struct Gap {
    std::size_t end = 0;
    std::size_t first_break = 0;
    std::size_t breaks = 0;
  };

  /// Of the run that starts here; each is measured once.
  Gap measure_gap() {
    Gap gap{.end = at_};
    for (; gap.end < file_.size() && (is_blank(file_[gap.end]) || file_[gap.end] == '\n'); ++gap.end) {
      if (file_[gap.end] == '\n' && gap.breaks++ == 0) gap.first_break = gap.end;
    }
    measured_to_ = gap.end;
    return gap;
  }

  /// Outside of blocks one line end is one blank, more are one fewer line ends, and the blanks around them vanish. What
  /// stands behind may be an escaped blank, which is not to be taken for one of them.
  bool step_gap(const Gap& gap) {
    const auto count = std::max<std::size_t>(gap.breaks - 1, 1);
    const char wanted = gap.breaks == 1 ? ' ' : '\n';
    for (std::size_t i = 0; i < count; ++i) {
      if (places_.size() >= value_.size() || value_[places_.size()] != wanted) return false;
      places_.push_back(gap.first_break);
    }
    at_ = gap.end;
    return true;
  }

  /// In a folded block line ends and blanks around them become one blank, or vanish.
  bool step_fold(char wanted, char found) {
    if (found != '\n' && !is_blank(found)) return false;
    if (found == '\n' && wanted == ' ') places_.push_back(at_);
    ++at_;
    if (style_ == Style::Block && found == '\n') skip_indent();
    return true;
  }

  std::string_view file_;
  std::string_view value_;
  std::size_t at_;
  Style style_ = Style::Plain;
  std::size_t indent_ = 0;
  /// The run of blanks up to here holds no line end.
  std::size_t measured_to_ = 0;
  std::vector<std::size_t> places_;
};

}  // namespace

std::vector<std::size_t> find_scalar_places(std::string_view file, std::size_t start, std::string_view value) {
  return Alignment(file, start, value).run();
}

}  // namespace acr::controller
