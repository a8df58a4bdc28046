// SPDX-License-Identifier: Apache-2.0
#include "common/config/name_splitter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/config/name_list.hpp"

namespace acr::config {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

}  // namespace

std::size_t wide_separator_length(std::string_view text) {
  constexpr std::string_view kSeparators[] = {"，", "、", "；"};
  const auto* found = std::find_if(std::begin(kSeparators), std::end(kSeparators),
                                   [text](std::string_view separator) { return text.starts_with(separator); });
  return found == std::end(kSeparators) ? 0 : found->size();
}

std::vector<ListEntry> NameSplitter::split(Findings& findings) {
  while (at_ < text_.size() && excess_ == kNowhere) step();
  end_entry();
  report(findings);
  return std::move(entries_);
}

void NameSplitter::report(Findings& findings) const {
  const auto warn = [&](std::size_t at, const char* code, const char* message, const char* hint) {
    if (at != kNowhere) findings.warning(code, source_, at, message, hint);
  };
  warn(full_width_, "fullwidth-punctuation", "a full-width comma was read as a comma", "type a plain comma");
  warn(semicolon_, "semicolon", "a semicolon was read as a comma", "type a comma");
  warn(bracket_, "list-instead-of-string", "a list was read as the names in it", "write the names separated by commas");
  warn(blank_, "blank-separator", "names separated by a blank were read as two", "separate them by a comma");
  warn(typographic_, "typographic-quotes", "typographic quotes were ignored", "write the names alone");
  // Quotes belong to a JSON list.
  if (bracket_ == kNowhere) warn(quote_, "quoted-value", "the quotes were ignored", "write the names alone");
  warn(comment_, "comment-in-value", "the text from \"#\" on was read as a comment", "write the names alone");
  if (slash_comment_ != kNowhere && entries_.empty()) {
    findings.error("slash-comment", source_, slash_comment_, "is this a comment, or the names themselves?",
                   "comments start with #; without any names leave the key out");
  } else {
    warn(slash_comment_, "slash-comment", "the text from \"//\" on was read as a comment", "write the names alone");
  }
  if (entries_.empty() && bracket_ == kNowhere) {
    warn(separator_, "no-names", "no name stands here: the default applies", "leave the key out, or write names");
  }
  if (open_quote_ != QuoteKind::None) {
    findings.error("open-quote", source_, opened_at_, "this quote is never closed", "write the names without quotes");
  }
  if (excess_ != kNowhere) {
    findings.error("too-many-names", source_, excess_, fmt::format("there are more than {} names", kMostNames),
                   "write a pattern such as team-*");
  }
}

void NameSplitter::step() {
  const auto rest = text_.substr(at_);
  if (step_quote()) return;
  if (const auto wide = wide_separator_length(rest); wide > 0) {
    note(full_width_);
    note(separator_);
    end_entry();
    follows_separator_ = true;
    at_ += wide;
    return;
  }
  const char c = rest[0];
  if (c == '#' && follows_blank()) return skip_comment(comment_);
  if (rest.starts_with("//") && follows_blank()) return skip_comment(slash_comment_);
  const bool is_dash = c == '-' && current_.text.empty() && rest.size() > 1 && is_blank(rest[1]);
  if (c == ',' || c == ';' || c == '\n') {
    if (c != '\n') note(separator_);
    if (c == ';') note(semicolon_);
    end_entry();
    follows_separator_ = true;
  } else if (c == '[' || c == ']' || is_dash) {
    note(bracket_);
    end_entry();
    follows_separator_ = true;
  } else if (is_blank(c)) {
    end_entry();
  } else {
    add(rest.substr(0, 1));
  }
  ++at_;
}

/// At a quote of any kind: true after going over it.
bool NameSplitter::step_quote() {
  const auto [kind, length] = read_quote(text_.substr(at_));
  if (length == 0) return false;
  const bool opens = open_quote_ == QuoteKind::None && current_.text.empty() && at_ != closed_at_;
  const bool closes = !opens && open_quote_ == kind && is_boundary(at_ + length);
  if (opens) {
    note(kind == QuoteKind::Typographic ? typographic_ : quote_);
    open_quote_ = kind;
    opened_at_ = at_;
  } else if (closes) {
    current_.is_quoted = true;
    end_entry();
    open_quote_ = QuoteKind::None;
    closed_at_ = at_ + length;
  } else {
    add(text_.substr(at_, length));
  }
  at_ += length;
  return true;
}

bool NameSplitter::is_boundary(std::size_t at) const {
  if (at >= text_.size()) return true;
  const auto rest = text_.substr(at);
  return is_blank(rest[0]) || std::string_view(",;]").find(rest[0]) != std::string_view::npos ||
         wide_separator_length(rest) > 0;
}

bool NameSplitter::follows_blank() const {
  return at_ == 0 || is_blank(text_[at_ - 1]);
}

void NameSplitter::skip_comment(std::size_t& first) {
  note(first);
  end_entry();
  at_ = std::min(text_.find('\n', at_), text_.size());
}

void NameSplitter::add(std::string_view text) {
  if (current_.text.empty()) {
    current_.offset = at_;
    current_.follows_blank = !follows_separator_ && !entries_.empty();
    if (current_.follows_blank) note(blank_);
  }
  follows_separator_ = false;
  current_.text += text;
}

void NameSplitter::end_entry() {
  if (!current_.text.empty()) {
    current_.is_quoted = current_.is_quoted || open_quote_ != QuoteKind::None;
    if (entries_.size() < kMostNames) {
      entries_.push_back(std::move(current_));
    } else if (excess_ == kNowhere) {
      excess_ = current_.offset;
    }
  }
  current_ = {};
}

}  // namespace acr::config
