// SPDX-License-Identifier: Apache-2.0
#include "common/config/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace acr::config {
namespace {

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

}  // namespace

SourceText::SourceText(std::string key, std::string text) : key_(std::move(key)), text_(std::move(text)) {
  index_lines();
  shifts_.assign(line_starts_.size(), 0);
}

SourceText::SourceText(std::string key, std::string text, Position fixed)
    : SourceText(std::move(key), std::move(text)) {
  is_fixed_ = true;
  fixed_ = fixed;
}

void SourceText::index_lines() {
  line_starts_.assign(1, 0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

std::string_view SourceText::line(std::size_t index) const {
  const auto start = line_starts_.at(index);
  const auto end = index + 1 < line_starts_.size() ? line_starts_[index + 1] - 1 : text_.size();
  return std::string_view(text_).substr(start, end - start);
}

std::size_t SourceText::offset(std::size_t line, std::size_t column) const {
  if (line >= line_starts_.size()) return text_.size();
  return std::min(line_starts_[line] + column, text_.size());
}

Position SourceText::position(std::size_t offset) const {
  if (is_fixed_) return fixed_;
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::size_t>(after - line_starts_.begin()) - 1;
  const auto* begin = text_.data() + line_starts_[line];
  const auto characters = std::count_if(begin, text_.data() + offset, starts_character);
  return {.line = static_cast<int>(line) + 1, .column = std::max(1, static_cast<int>(characters) + 1 + shifts_[line])};
}

std::size_t SourceText::find(std::string_view needle, std::size_t offset) const {
  // What is looked for stands near; text that was written with escapes is not found and must not cost a full scan.
  constexpr std::size_t kWindow = 4096;
  const auto found = std::string_view(text_).substr(std::min(offset, text_.size()), kWindow).find(needle);
  return found == std::string_view::npos ? offset : offset + found;
}

void SourceText::rewrite(const std::vector<std::string>& lines, std::vector<int> shifts) {
  text_ = fmt::format("{}", fmt::join(lines, "\n"));
  shifts_ = std::move(shifts);
  index_lines();
}

void SourceText::overwrite(std::size_t offset, std::size_t length, char fill) {
  for (auto i = offset; i < std::min(offset + length, text_.size()); ++i) {
    if (text_[i] != '\n') text_[i] = fill;
  }
}

void Findings::add(Severity severity, std::string code, const SourceText& source, std::size_t offset,
                   std::string message, std::string hint) {
  constexpr std::size_t kMostKept = 100;
  const bool is_first_error = severity == Severity::Error && errors_ == 1;
  if (list_.size() >= kMostKept && !is_first_error) return;
  const auto [line, column] = source.position(offset);
  list_.push_back({severity, std::move(code), source.key(), line, column, std::move(message), std::move(hint)});
}

void Findings::info(std::string code, const SourceText& source, std::size_t offset, std::string message,
                    std::string hint) {
  add(Severity::Info, std::move(code), source, offset, std::move(message), std::move(hint));
}

void Findings::warning(std::string code, const SourceText& source, std::size_t offset, std::string message,
                       std::string hint) {
  add(Severity::Warning, std::move(code), source, offset, std::move(message), std::move(hint));
}

void Findings::error(std::string code, const SourceText& source, std::size_t offset, std::string message,
                     std::string hint) {
  ++errors_;
  add(Severity::Error, std::move(code), source, offset, std::move(message), std::move(hint));
}

std::vector<Diagnostic> Findings::take_sorted() {
  std::sort(list_.begin(), list_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.key, a.line, a.column, a.severity, a.code) <
           std::tie(b.key, b.line, b.column, b.severity, b.code);
  });
  return std::move(list_);
}

}  // namespace acr::config
