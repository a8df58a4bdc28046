// SPDX-License-Identifier: Apache-2.0
// The text of a file before it is read as YAML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/source_text.hpp"

namespace acr::controller {

/// Text in which each character takes two or four bytes, with a byte order mark or without.
bool is_wide_text(std::string_view text);

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The text with a question mark for each byte from `first` on that is no part of a UTF-8 character, so that it may be
/// shown.
std::string with_question_marks(std::string text, std::size_t first);

/// Without byte order mark; CRLF as LF.
std::string with_plain_line_ends(std::string_view text);

/// Characters beyond the basic plane as JSON writes them: "\ud83d\ude00" for "\U0001F600", which YAML knows.
std::string with_joined_surrogates(std::string text);

/// Does it begin with a brace?
bool is_json(std::string_view text);

/// Does it hold what a template has for a value that is put in later?
bool is_template(std::string_view text);

/// Where brackets first stand in more than a hundred others; the start of the text if it is nested in another way.
std::size_t find_deep_place(std::string_view text);

/// One of the documents that lines of "---" divide.
struct Document {
  std::string text;
  std::size_t first_line = 0;  ///< of the file, from 0
};

std::vector<Document> split_documents(const config::SourceText& source);

}  // namespace acr::controller
