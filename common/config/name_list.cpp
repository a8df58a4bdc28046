// SPDX-License-Identifier: Apache-2.0
#include "common/config/name_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/base/text.hpp"
#include "common/config/fields.hpp"

namespace acr::config {
namespace {

// The commas and semicolons of East Asian input methods.
constexpr std::string_view kFullWidthSeparators[] = {"，", "、", "；", "。"};

/// Cuts a list into its entries and remembers the first of each kind of oddity.
class Splitter {
 public:
  explicit Splitter(const SourceText& source) : source_(source), text_(source.text()) {}

  std::vector<ListEntry> split(Findings& findings) {
    while (at_ < text_.size() && excess_ == std::string::npos) step();
    end_entry();
    if (full_width_ != std::string::npos) {
      findings.warning("fullwidth-punctuation", source_, full_width_, "a full-width comma was read as a comma",
                       "type a plain comma");
    }
    if (bracket_ != std::string::npos) {
      findings.warning("list-instead-of-string", source_, bracket_, "a list was read as the names in it",
                       "write the names separated by commas");
    }
    if (blank_ != std::string::npos) {
      findings.warning("blank-separator", source_, blank_, "names separated by a blank were read as two",
                       "separate them by a comma");
    }
    if (excess_ != std::string::npos) {
      findings.error("too-many-names", source_, excess_, fmt::format("there are more than {} names", kMostNames),
                     "write a pattern such as team-*");
    }
    return std::move(entries_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (const auto wide = full_width_size(); wide > 0) {
      note(full_width_);
      end_entry();
      at_ += wide;
      return;
    }
    if (c == '#' && (at_ == 0 || is_blank(text_[at_ - 1]))) {
      end_entry();
      at_ = std::min(text_.find('\n', at_), text_.size());
      return;
    }
    if (c == ',' || c == ';' || c == '\n') {
      end_entry();
      follows_separator_ = true;
    } else if (c == '[' || c == ']' ||
               (c == '-' && current_.text.empty() && at_ + 1 < text_.size() && is_blank(text_[at_ + 1]))) {
      if (c != ']') note(bracket_);
      end_entry();
      follows_separator_ = true;
    } else if (is_blank(c)) {
      end_entry();
    } else if (c != '"' && c != '\'') {
      add(c);
    }
    ++at_;
  }

  void add(char c) {
    if (current_.text.empty()) {
      current_.offset = at_;
      if (!follows_separator_ && !entries_.empty()) note(blank_);
    }
    follows_separator_ = false;
    current_.text += c;
  }

  void end_entry() {
    if (!current_.text.empty()) {
      if (entries_.size() < kMostNames) {
        entries_.push_back(std::move(current_));
      } else if (excess_ == std::string::npos) {
        excess_ = current_.offset;
      }
    }
    current_ = {};
  }

  [[nodiscard]] std::size_t full_width_size() {
    for (const auto separator : kFullWidthSeparators) {
      if (text_.substr(at_).starts_with(separator)) {
        follows_separator_ = true;
        return separator.size();
      }
    }
    return 0;
  }

  void note(std::size_t& first) const { first = std::min(first, at_); }
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

  const SourceText& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  ListEntry current_;
  std::vector<ListEntry> entries_;
  bool follows_separator_ = true;
  std::size_t full_width_ = std::string::npos;
  std::size_t bracket_ = std::string::npos;
  std::size_t blank_ = std::string::npos;
  std::size_t excess_ = std::string::npos;
};

/// Globs are judged by what is left without their stars and question marks.
bool is_name_pattern(std::string_view text, NameKind kind) {
  std::string probe(text);
  std::replace_if(probe.begin(), probe.end(), [](char c) { return c == '*' || c == '?'; }, 'x');
  return kind == NameKind::Namespace ? is_dns_label(probe) : is_dns_subdomain(probe);
}

}  // namespace

std::vector<ListEntry> split_names(const SourceText& source, Findings& findings) {
  return Splitter(source).split(findings);
}

std::vector<std::string> read_names(const SourceText& source, NameKind kind, Findings& findings) {
  constexpr std::size_t kQuotedBytes = 60;
  const std::string_view what = kind == NameKind::Namespace ? "namespace" : "ServiceAccount";
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& entry : split_names(source, findings)) {
    if (is_placeholder(entry.text)) {
      findings.error("placeholder", source, entry.offset, "a placeholder was left in",
                     fmt::format("write the name of a {}", what));
      continue;
    }
    auto name = to_lower(entry.text);
    if (!is_name_pattern(name, kind)) {
      findings.error("invalid-name", source, entry.offset,
                     fmt::format("\"{}\" cannot be the name of a {}", printable(entry.text, kQuotedBytes), what));
      continue;
    }
    if (name != entry.text && name != "all") {
      findings.warning("case-normalised", source, entry.offset, fmt::format("read as {}", name),
                       "names of Kubernetes objects are lower case");
    }
    if (seen.insert(name).second) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace acr::config
