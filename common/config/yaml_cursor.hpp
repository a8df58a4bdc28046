// SPDX-License-Identifier: Apache-2.0
// A place in a YAML text, with what all parts of the reader ask about it and the one error they may report.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/config/fields.hpp"
#include "common/config/source_text.hpp"

namespace acr::config {

/// Column of what ends every block: the end of the text, or a line that divides documents.
inline constexpr int kNoColumn = -1;

class YamlCursor {
 public:
  /// `names`: the fields that items have. Without them nothing is read but YAML.
  YamlCursor(const SourceText& source, std::span<const FieldName> names, Findings& findings)
      : source_(source), text_(source.text()), names_(names), findings_(findings) {}

  [[nodiscard]] const SourceText& source() const { return source_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::span<const FieldName> names() const { return names_; }
  /// Is anything read that is no YAML?
  [[nodiscard]] bool is_forgiving() const { return !names_.empty(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool is_at_end() const { return at_ >= text_.size(); }
  /// '\0' at the end: no value holds one.
  [[nodiscard]] char peek() const { return is_at_end() ? '\0' : text_[at_]; }
  /// From 0, in bytes.
  [[nodiscard]] int column() const { return static_cast<int>(at_ - line_start_); }
  /// column(), or kNoColumn where every block ends.
  [[nodiscard]] int block_column() const { return is_at_end() || is_divider() ? kNoColumn : column(); }
  /// Does a word end before the byte at `at`?
  [[nodiscard]] bool ends_word(std::size_t at) const;
  /// Does the dash of a list item stand here?
  [[nodiscard]] bool is_dash() const { return peek() == '-' && ends_word(at_ + 1); }
  /// Is this "---" or "..." at the start of a line?
  [[nodiscard]] bool is_divider() const;
  [[nodiscard]] std::size_t line_end() const { return find_line_end(at_); }
  [[nodiscard]] std::size_t find_line_end(std::size_t at) const;

  void move_to(std::size_t at) { at_ = at; }
  /// To `at`, which stands on a later line that begins at `line_start`.
  void move_to(std::size_t at, std::size_t line_start) {
    at_ = at;
    line_start_ = line_start;
  }
  void skip_blanks();
  /// Nothing more on this line but a comment?
  [[nodiscard]] bool is_line_done() const;
  /// Does a comment stand here that starts with `//`, at the start of a line or behind a blank?
  [[nodiscard]] bool is_slash_comment() const;
  /// To the next token: over blanks, comments and line ends. False after reporting a tab as indentation, or a `//`
  /// where a value is awaited: it may be either.
  bool skip_gap(bool awaits_value = false);
  /// The same between brackets, where tabs are blanks. `//` starts a comment only where `may_comment` allows it.
  void skip_flow_gap(bool may_comment);

  /// Reports an error; false, to be returned.
  bool fail(std::size_t at, const std::string& message, const std::string& hint, std::string code = "yaml-syntax");
  /// Fails if a tab stands before `content` in the line that starts at `line_start`.
  bool check_indentation(std::size_t line_start, std::size_t content);
  /// Reports what was read although it is no YAML.
  void warn(std::size_t at, std::string code, const std::string& message, const std::string& hint);

 private:
  [[nodiscard]] bool is_comment() const;

  const SourceText& source_;
  std::string_view text_;
  std::span<const FieldName> names_;
  Findings& findings_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
};

}  // namespace acr::config
