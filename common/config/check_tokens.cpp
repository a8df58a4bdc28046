// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/config/flat_line.hpp"
#include "common/config/yaml_document.hpp"

namespace acr::config {
namespace {

/// Walks over the tokens of a YAML text, as far as quotes, brackets and comments go.
class TokenCheck {
 public:
  TokenCheck(const SourceText& source, Findings& findings)
      : source_(source), text_(source.text()), findings_(findings) {}

  bool run() {
    start_line();
    while (at_ < text_.size() && !failed_) step();
    return !failed_;
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '\n') {
      ++at_;
      start_line();
    } else if (c == ' ' || c == '\t') {
      ++at_;
    } else if (c == '#' && follows_blank()) {
      skip_line();
    } else if (is_token_start_) {
      step_token(c);
    } else {
      step_plain(c);
    }
  }

  void step_token(char c) {
    if (c == '"' || c == '\'') {
      step_quoted();
    } else if (c == '-' && ends_word(at_ + 1)) {
      ++at_;
    } else if (c == '&' || c == '*' || c == '!') {
      report(at_, fmt::format("a value that starts with {} must be quoted", c), "put double quotes around it");
    } else if (depth_ == 0 && std::string_view(",]}%@`").find(c) != std::string_view::npos) {
      report(at_, fmt::format("nothing can start with {} here", c), "delete it, or put double quotes around the value");
    } else if ((c == '|' || c == '>') && depth_ == 0) {
      skip_line();
      in_block_ = true;
    } else if (c == '[' || c == '{') {
      ++depth_;
      ++at_;
    } else {
      if (depth_ == 0) field_column_ = column(at_);
      is_token_start_ = false;
      step_plain(c);
    }
  }

  void step_plain(char c) {
    if (follows_flow_ && c != ':') {
      report(at_, "unexpected text after the closing bracket", "is there one bracket too many?");
      return;
    }
    follows_flow_ = false;
    // In a plain value outside of brackets, brackets and commas are ordinary characters.
    if (depth_ > 0 && (c == '[' || c == '{')) ++depth_;
    if (depth_ > 0 && (c == ']' || c == '}')) follows_flow_ = --depth_ == 0;
    const bool follows_quote = at_ > 0 && (text_[at_ - 1] == '"' || text_[at_ - 1] == '\'');
    const bool is_separator = c == ':' && (ends_word(at_ + 1) || (depth_ > 0 && follows_quote));
    is_token_start_ = is_separator || (depth_ > 0 && (c == ',' || c == '[' || c == '{'));
    ++at_;
  }

  void step_quoted() {
    const auto start = at_;
    if (depth_ == 0) field_column_ = column(at_);
    const auto end = find_quote_end(text_, start);
    if (end == std::string_view::npos) {
      report(start, "this quote is never closed", "close it, or leave the quotes away");
      return;
    }
    const auto next = std::min(text_.find_first_not_of(" \t", end), text_.size());
    if (const auto line_end = text_.substr(start, end - start).rfind('\n'); line_end != std::string_view::npos) {
      line_start_ = start + line_end + 1;
    }
    at_ = next;
    is_token_start_ = false;
    if (next == text_.size() || text_[next] == '\n' || (text_[next] == '#' && next > end)) return;
    if (text_[next] == ':' || (depth_ > 0 && std::string_view(",]}").find(text_[next]) != std::string_view::npos))
      return;
    const auto opened = source_.position(start).line;
    report(next, "unexpected text after the closing quote",
           source_.position(next).line == opened
               ? std::string("put one pair of quotes around the whole value")
               : fmt::format("the quote opened at line {} is not closed there", opened));
  }

  /// At the start of a line: skips the content of a block scalar, checks the indentation.
  void start_line() {
    line_start_ = at_;
    follows_flow_ = false;
    is_token_start_ = true;
    const auto content = std::min(text_.find_first_not_of(" \t", at_), text_.size());
    const auto is_empty = content == text_.size() || text_[content] == '\n';
    if (in_block_ && (is_empty || content - at_ > field_column_)) {
      skip_line();
      return;
    }
    in_block_ = false;
    const auto tab = text_.find('\t', at_);
    if (!is_empty && depth_ == 0 && tab < content && text_[content] != '#') {
      failed_ = true;
      findings_.error("tab-indentation", source_, tab, "a tab stands in the indentation, which YAML does not allow",
                      "use spaces");
    }
  }

  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }
  [[nodiscard]] bool follows_blank() const { return at_ == 0 || ends_word(at_ - 1); }
  [[nodiscard]] bool ends_word(std::size_t at) const {
    return at >= text_.size() || text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\n';
  }
  [[nodiscard]] std::size_t column(std::size_t at) const { return at - line_start_; }
  void report(std::size_t at, std::string message, std::string hint) {
    failed_ = true;
    findings_.error("yaml-syntax", source_, at, std::move(message), std::move(hint));
  }

  const SourceText& source_;
  std::string_view text_;
  Findings& findings_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int depth_ = 0;
  bool is_token_start_ = true;
  /// A bracket has closed the outermost list or mapping of this line.
  bool follows_flow_ = false;
  bool in_block_ = false;
  bool failed_ = false;
  /// Where the field of the present line begins: a block scalar ends at a line that is indented no deeper.
  std::size_t field_column_ = 0;
};

}  // namespace

bool check_tokens(const SourceText& source, Findings& findings) {
  return TokenCheck(source, findings).run();
}

}  // namespace acr::config
