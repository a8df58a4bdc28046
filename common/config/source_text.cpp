// SPDX-License-Identifier: Apache-2.0
#include "common/config/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "common/base/text.hpp"
#include "common/config/mask.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kMostFindings = 100;

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

}  // namespace

SourceText::SourceText(std::string key, std::string text) : key_(std::move(key)), text_(std::move(text)) {
  index_lines();
}

SourceText::SourceText(std::string key, std::string text, Position fixed)
    : SourceText(std::move(key), std::move(text)) {
  is_fixed_ = true;
  fixed_ = fixed;
}

void SourceText::index_lines() {
  line_starts_.clear();
  line_starts_.reserve(static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '\n')) + 1);
  line_starts_.push_back(0);
  for (auto end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', end + 1)) {
    line_starts_.push_back(static_cast<std::uint32_t>(end + 1));
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

int SourceText::line_number(std::size_t offset) const {
  if (is_fixed_) return fixed_.line;
  return static_cast<int>(std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) - line_starts_.begin());
}

Position SourceText::position(std::size_t offset) const {
  if (is_fixed_) return fixed_;
  offset = std::min(offset, text_.size());
  const auto line = static_cast<std::size_t>(line_number(offset)) - 1;
  const auto shift = shifts_.empty() ? 0 : shifts_[line];
  if (counted_to_ < line_starts_[line] || counted_to_ > offset) {
    counted_to_ = line_starts_[line];
    counted_ = 0;
  }
  counted_ +=
      static_cast<std::size_t>(std::count_if(text_.data() + counted_to_, text_.data() + offset, starts_character));
  counted_to_ = offset;
  return {.line = static_cast<int>(line) + 1, .column = std::max(1, static_cast<int>(counted_) + 1 + shift)};
}

bool SourceText::is_secret_at(std::size_t offset) const {
  if (!secrets_) {
    secrets_.emplace();
    std::size_t number = 0;
    for (const auto& line : mask_value_of(key_, text_)) {
      const std::size_t start = line_starts_[number++];
      for (const auto& cut : line.cuts) secrets_->emplace_back(start + cut.offset, start + cut.offset + cut.length);
    }
  }
  const auto after = std::upper_bound(secrets_->begin(), secrets_->end(), std::pair(offset, text_.size() + 1));
  return after != secrets_->begin() && offset < std::prev(after)->second;
}

std::string quote_from(const SourceText& source, std::size_t offset, std::string_view text, std::size_t limit) {
  return source.is_secret_at(offset) ? "***" : printable(text, limit);
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
  counted_to_ = counted_ = 0;
  secrets_.reset();
}

void SourceText::overwrite(std::size_t offset, std::size_t length, char fill) {
  counted_to_ = counted_ = 0;
  secrets_.reset();
  for (auto i = offset; i < text_.size() && i - offset < length; ++i) {
    if (text_[i] != '\n') text_[i] = fill;
  }
}

void Findings::add(Severity severity, std::string code, const SourceText& source, std::size_t offset,
                   const std::string& message, const std::string& hint) {
  auto& list = severity == Severity::Error ? error_list_ : other_list_;
  if (list.size() < kMostFindings) {
    const auto [line, column] = source.position(offset);
    list.push_back(build_diagnostic(severity, std::move(code), source.key(), line, column, message, hint));
  } else if (left_out_ == 0) {
    const auto [line, column] = source.position(offset);
    leave_out(build_diagnostic(severity, {}, source.key(), line, column, {}, {}), 1);
  } else {
    ++left_out_;
    first_left_out_.severity = std::max(first_left_out_.severity, severity);
  }
}

void Findings::leave_out(const Diagnostic& finding, std::size_t count) {
  const auto severity = left_out_ == 0 ? finding.severity : std::max(first_left_out_.severity, finding.severity);
  if (left_out_ == 0) first_left_out_ = finding;
  first_left_out_.severity = severity;
  left_out_ += count;
}

Diagnostic Findings::build_rest() const {
  auto rest = first_left_out_;
  rest.code = "more-findings";
  rest.message = fmt::format("{} more {} not listed, the first of them here", left_out_,
                             left_out_ == 1 ? "finding is" : "findings are");
  rest.hint = "mend the listed ones first";
  return rest;
}

void Findings::info(std::string code, const SourceText& source, std::size_t offset, const std::string& message,
                    const std::string& hint) {
  add(Severity::Info, std::move(code), source, offset, message, hint);
}

void Findings::warning(std::string code, const SourceText& source, std::size_t offset, const std::string& message,
                       const std::string& hint) {
  add(Severity::Warning, std::move(code), source, offset, message, hint);
}

void Findings::error(std::string code, const SourceText& source, std::size_t offset, const std::string& message,
                     const std::string& hint) {
  ++errors_;
  add(Severity::Error, std::move(code), source, offset, message, hint);
}

std::vector<Diagnostic> Findings::take_sorted() {
  auto list = std::move(error_list_);
  for (auto& finding : other_list_) {
    if (list.size() < kMostFindings) {
      list.push_back(std::move(finding));
    } else {
      leave_out(finding, 1);
    }
  }
  if (left_out_ > 0) list.push_back(build_rest());
  std::sort(list.begin(), list.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.key, a.line, a.column, a.severity, a.code, a.message) <
           std::tie(b.key, b.line, b.column, b.severity, b.code, b.message);
  });
  return list;
}

}  // namespace acr::config
