// SPDX-License-Identifier: Apache-2.0
#include "common/config/yaml_cursor.hpp"

#include <algorithm>

namespace acr::config {

bool YamlCursor::ends_word(std::size_t at) const {
  return at >= text_.size() || text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\n';
}

bool YamlCursor::is_divider() const {
  const auto rest = text_.substr(std::min(at_, text_.size()), 3);
  return at_ == line_start_ && (rest == "---" || rest == "...") && ends_word(at_ + 3);
}

std::size_t YamlCursor::find_line_end(std::size_t at) const {
  return std::min(text_.find('\n', at), text_.size());
}

bool YamlCursor::is_comment() const {
  return peek() == '#' && (at_ == line_start_ || ends_word(at_ - 1));
}

void YamlCursor::skip_blanks() {
  at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size());
}

bool YamlCursor::is_line_done() const {
  return is_at_end() || peek() == '\n' || is_comment();
}

bool YamlCursor::is_slash_comment() const {
  return is_forgiving() && text_.substr(at_, 2) == "//" && (at_ == line_start_ || ends_word(at_ - 1));
}

void YamlCursor::skip_flow_gap(bool may_comment) {
  for (skip_blanks(); !is_at_end(); skip_blanks()) {
    const bool is_slash = may_comment && is_slash_comment();
    if (!is_slash && !is_line_done()) return;
    if (is_slash) warn(at_, "slash-comment", "the text from \"//\" on was read as a comment", "comments start with #");
    at_ = line_end();
    if (is_at_end()) return;
    line_start_ = ++at_;
  }
}

bool YamlCursor::skip_gap(bool awaits_value) {
  skip_flow_gap(!awaits_value);
  if (awaits_value && is_slash_comment()) {
    return fail(at_, "is this a comment, or the value of what stands above?", "comments start with #", "slash-comment");
  }
  // Brackets may be indented by anything.
  if (is_at_end() || peek() == '[' || peek() == '{') return true;
  return check_indentation(line_start_, at_);
}

bool YamlCursor::check_indentation(std::size_t line_start, std::size_t content) {
  const auto before = text_.substr(line_start, content - line_start);
  const auto tab = before.find('\t');
  if (tab == std::string_view::npos || before.find_first_not_of(" \t") != std::string_view::npos) return true;
  return fail(line_start + tab, "a tab stands in the indentation, which YAML does not allow", "use spaces",
              "tab-indentation");
}

void YamlCursor::warn(std::size_t at, std::string code, const std::string& message, const std::string& hint) {
  findings_.warning(std::move(code), source_, at, message, hint);
}

bool YamlCursor::fail(std::size_t at, const std::string& message, const std::string& hint, std::string code) {
  findings_.error(std::move(code), source_, at, message, hint);
  return false;
}

}  // namespace acr::config
