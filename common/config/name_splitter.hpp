// SPDX-License-Identifier: Apache-2.0
// A list of names -> its entries, as they were written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/quotes.hpp"
#include "common/config/source_text.hpp"

namespace acr::config {

struct ListEntry {
  std::string text;
  std::size_t offset = 0;
  bool is_quoted = false;
  /// Does nothing but a blank divide it from the entry before?
  bool follows_blank = false;
};

/// The comma, semicolon or enumeration comma of East Asian input methods at the start of the text: its length in bytes,
/// or 0. A full-width stop is none: it may be meant as a dot.
std::size_t wide_separator_length(std::string_view text);

/// Cuts a list into its entries, trimmed, empty ones left out, and reports the first of each kind of oddity. A quote
/// that does not stand around something stays in its entry.
class NameSplitter {
 public:
  explicit NameSplitter(const SourceText& source) : source_(source), text_(source.text()) {}

  /// At most kMostNames.
  std::vector<ListEntry> split(Findings& findings);

 private:
  static constexpr auto kNowhere = std::string::npos;

  void step();
  bool step_quote();
  void skip_comment(std::size_t& first);
  void add(std::string_view text);
  void end_entry();
  void report(Findings& findings) const;
  [[nodiscard]] bool is_boundary(std::size_t at) const;
  [[nodiscard]] bool follows_blank() const;
  void note(std::size_t& first) const { first = std::min(first, at_); }

  const SourceText& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  ListEntry current_;
  std::vector<ListEntry> entries_;
  bool follows_separator_ = true;
  QuoteKind open_quote_ = QuoteKind::None;
  std::size_t opened_at_ = 0;
  /// Behind the last closing quote.
  std::size_t closed_at_ = kNowhere;
  std::size_t full_width_ = kNowhere;
  std::size_t bracket_ = kNowhere;
  std::size_t blank_ = kNowhere;
  std::size_t separator_ = kNowhere;
  std::size_t semicolon_ = kNowhere;
  std::size_t quote_ = kNowhere;
  std::size_t typographic_ = kNowhere;
  std::size_t comment_ = kNowhere;
  std::size_t slash_comment_ = kNowhere;
  std::size_t excess_ = kNowhere;
};

}  // namespace acr::config
