// SPDX-License-Identifier: Apache-2.0
#include "common/config/plain_value.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"
#include "common/config/name_splitter.hpp"
#include "common/config/pasted_key.hpp"
#include "common/config/quotes.hpp"

namespace acr::config {
namespace {

constexpr auto kNowhere = std::string_view::npos;

/// Where a comment starts: at a `#` at the start of a line or behind a blank, or at a `//` behind a value.
std::size_t find_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool follows_blank = i > 0 && (line[i - 1] == ' ' || line[i - 1] == '\t');
    if (line[i] == '#' && (i == 0 || follows_blank)) return i;
    if (line.substr(i).starts_with("//") && follows_blank && !trim(line.substr(0, i)).empty()) return i;
  }
  return kNowhere;
}

/// The text of the same length with blanks for its comments.
std::string without_comments(const SourceText& source, Findings& findings) {
  std::string text;
  bool is_reported = false;
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    const auto line = source.line(i);
    const auto comment = std::min(find_comment(line), line.size());
    const bool is_slash = line.substr(comment).starts_with("//");
    const bool follows_value = !trim(line.substr(0, comment)).empty();
    if (comment < line.size() && follows_value && !is_reported) {
      is_reported = true;
      findings.warning(
          is_slash ? "slash-comment" : "comment-in-value", source, source.offset(i, comment),
          is_slash ? "the text from \"//\" on was read as a comment" : "the text from \"#\" on was read as a comment",
          "write the value alone");
    }
    if (i > 0) text += '\n';
    text.append(line.substr(0, comment)).append(line.size() - comment, ' ');
  }
  return text;
}

/// Takes away a comma or full stop at the end, of any width.
std::string_view without_final_comma(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kSigns{",", ";", "，", "；", "、", "。"};
  for (const auto sign : kSigns) {
    if (text.size() > sign.size() && text.ends_with(sign)) return trim(text.substr(0, text.size() - sign.size()));
  }
  return text;
}

/// A quote at one end of the value only; kNowhere if there is none.
std::size_t find_open_quote(std::string_view text) {
  const bool is_open = read_quote(text).length > 0;
  std::size_t closing = 0;
  for (std::size_t length = 1; length <= std::min<std::size_t>(3, text.size()); ++length) {
    if (read_quote(text.substr(text.size() - length)).length == length) closing = length;
  }
  if (is_open == (closing > 0 && text.size() > closing)) return kNowhere;
  return is_open ? 0 : text.size() - closing;
}

}  // namespace

std::optional<std::size_t> find_comment_alone(const SourceText& source) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    const auto line = source.line(i);
    const auto comment = std::min(find_comment(line), line.size());
    const auto written = line.substr(0, comment);
    for (std::size_t at = 0; at < written.size();) {
      const auto wide = wide_separator_length(written.substr(at));
      if (wide == 0 && std::string_view(" \t,;-[]").find(written[at]) == kNowhere) return std::nullopt;
      at += std::max<std::size_t>(wide, 1);
    }
    if (!first && line.substr(comment).starts_with('#')) first = source.offset(i, comment);
  }
  return first;
}

std::optional<ScalarText> read_plain_value(const SourceText& source, Findings& findings) {
  const auto text = without_comments(source, findings);
  const auto written = trim(text);
  if (written.empty()) return std::nullopt;
  const auto start = static_cast<std::size_t>(written.data() - text.data());
  const auto plain = without_final_comma(written);
  if (plain.size() < written.size()) {
    findings.warning("trailing-comma", source, start + plain.size(), "the sign behind the value was ignored",
                     "write the value alone");
  }
  const auto [value, offset, kind] = unquote(plain);
  if (const auto open = kind == QuoteKind::None ? find_open_quote(plain) : kNowhere; open != kNowhere) {
    findings.error("open-quote", source, start + open, "this quote has no partner", "write the value without quotes");
    return std::nullopt;
  }
  if (kind == QuoteKind::None && is_null_word(value)) {
    findings.warning("null-value", source, start, "this was read as nothing: the default applies",
                     "leave the key out, or write a value");
    return std::nullopt;
  }
  if (value.empty() || report_pasted_key(value, "a value of this key", source, start + offset, findings))
    return std::nullopt;
  if (kind != QuoteKind::None) {
    findings.warning(kind == QuoteKind::Typographic ? "typographic-quotes" : "quoted-value", source, start,
                     "the quotes around the value were ignored", "write the value alone");
  }
  return ScalarText{.text = std::string(value), .offset = start + offset};
}

}  // namespace acr::config
