// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/file_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace acr::controller {

bool is_wide_text(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  // A configuration starts with a plain letter, bracket, blank or sign, whose other bytes are NUL.
  const auto head = text.substr(0, 4);
  const auto zeros = std::count(head.begin(), head.end(), '\0');
  return head.size() == 4 && zeros >= 2 && zeros <= 3;
}

std::string with_plain_line_ends(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 >= text.size() || text[i + 1] != '\n') plain += text[i];
  }
  return plain;
}

std::string with_question_marks(std::string text, std::size_t first) {
  for (auto at = first; at < text.size();) {
    text[at] = '?';
    const auto next = config::find_invalid_utf8(std::string_view(text).substr(at));
    at = next == std::string_view::npos ? text.size() : at + next;
  }
  return text;
}

std::vector<Document> split_documents(const config::SourceText& source) {
  std::vector<Document> documents(1);
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    const auto line = source.line(i);
    if (line.starts_with("---") && (line.size() == 3 || line[3] == ' ' || line[3] == '\t')) {
      // "--- # comment" and "--- {...}" may go on.
      documents.push_back({.text = "   " + std::string(line.substr(3)), .first_line = i});
    } else {
      documents.back().text += line;
    }
    documents.back().text += '\n';
  }
  return documents;
}

std::string with_joined_surrogates(std::string text) {
  const auto read = [&text](std::size_t at, unsigned long low, unsigned long high) -> std::optional<unsigned long> {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
    const auto hex = text.substr(at + 2, 4);
    if (hex.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return std::nullopt;
    const auto code = std::stoul(hex, nullptr, 16);
    return code >= low && code <= high ? std::optional(code) : std::nullopt;
  };
  std::string joined;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = read(at, 0xD800, 0xDBFF);
    const auto second = first ? read(at + 6, 0xDC00, 0xDFFF) : std::nullopt;
    if (second) {
      joined += fmt::format("\\U{:08X}", 0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00));
      at += 12;
    } else {
      joined += text[at++];
    }
  }
  return joined;
}

bool is_json(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\n");
  return start != std::string_view::npos && text[start] == '{';
}

bool is_template(std::string_view text) {
  return text.find("{{") != std::string_view::npos;
}

std::size_t find_deep_place(std::string_view text) {
  constexpr std::size_t kDeep = 100;
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '[' || text[at] == '{') ++depth;
    if ((text[at] == ']' || text[at] == '}') && depth > 0) --depth;
    if (depth > kDeep) return at;
  }
  return 0;
}

}  // namespace acr::controller
