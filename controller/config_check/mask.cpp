// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/mask.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "common/base/text.hpp"

namespace acr::controller {
namespace {

constexpr std::string_view kMask = "***";

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// Blanks, and the quotes and backslashes of text that was encoded once or more.
bool is_wrapping(char c) {
  return c == ' ' || c == '\t' || c == '"' || c == '\'' || c == '\\';
}

/// "customAccessKeySecret" in any spelling; a reference to a Secret is no secret.
bool names_access_key(std::string_view word) {
  std::string folded;
  for (const char c : to_lower(word)) {
    if (c != '_' && c != '-') folded += c;
  }
  if (folded.ends_with("ref")) return false;
  return folded.find("accesskey") != std::string::npos || folded.find("secretkey") != std::string::npos ||
         folded.find("securitytoken") != std::string::npos;
}

/// The word that ends at `end`; quotes do not belong to it.
std::string_view word_before(std::string_view line, std::size_t end) {
  while (end > 0 && is_wrapping(line[end - 1])) --end;
  auto start = end;
  while (start > 0 && is_word(line[start - 1])) --start;
  return line.substr(start, end - start);
}

/// A colon or equals sign, the wide colon too; its length, 0 for anything else.
std::size_t separator_length(std::string_view rest) {
  if (rest.starts_with("：")) return 3;
  return rest.starts_with(':') || rest.starts_with('=') ? 1 : 0;
}

/// Where the value that starts at `start` ends, and whether it may go on in the next line.
struct Extent {
  std::size_t end = 0;
  bool goes_on = false;
};

Extent find_extent(std::string_view line, std::size_t start, char quote, std::size_t escapes) {
  if (quote != '\0') {
    for (auto at = start; at < line.size(); ++at) {
      std::size_t backslashes = 0;
      while (at + backslashes < line.size() && line[at + backslashes] == '\\') ++backslashes;
      const auto after = at + backslashes;
      if (after < line.size() && line[after] == quote && backslashes <= escapes) {
        // Text that goes on behind the quote may be the rest of a key that holds the quote itself.
        const auto tail = std::min(line.find_first_not_of(" \t", after + 1), line.size());
        const bool ends = tail == line.size() || tail > after + 1 ||
                          std::string_view(",]}\\").find(line[tail]) != std::string_view::npos;
        return ends ? Extent{.end = at} : Extent{.end = line.size()};
      }
      at = after;
    }
    return {.end = line.size(), .goes_on = true};
  }
  const auto comment = std::min(line.find(" #", start), line.find(" //", start));
  const auto end = std::min(comment, line.size());
  return {.end = end, .goes_on = true};
}

/// An id or a token known by its form, wherever it stands: "LTAI..." and "STS....".
std::size_t known_form_length(std::string_view rest) {
  const bool is_known = rest.starts_with("LTAI") || rest.starts_with("STS.");
  if (!is_known) return 0;
  const auto* end = std::find_if_not(rest.begin() + 4, rest.end(), is_word);
  const auto length = static_cast<std::size_t>(end - rest.begin());
  return length >= 12 ? length : 0;
}

/// A line that begins a field of its own ends a value that went over several lines.
bool begins_field(std::string_view line) {
  auto at = std::min(line.find_first_not_of(" \t-"), line.size());
  while (at < line.size() && (line[at] == '"' || line[at] == '\'')) ++at;
  const auto start = at;
  while (at < line.size() && is_word(line[at])) ++at;
  if (at == start || at - start > 40) return false;
  while (at < line.size() && (line[at] == '"' || line[at] == '\'')) ++at;
  return at < line.size() && line[at] == ':' && (at + 1 == line.size() || line[at + 1] == ' ' || line[at + 1] == '"');
}

/// Masks line after line; knows whether a value is still open.
class Masker {
 public:
  MaskedLine mask(std::string_view line) {
    MaskedLine masked;
    std::size_t at = 0;
    if (is_open_ && !begins_field(line)) {
      const auto content = std::min(line.find_first_not_of(" \t"), line.size());
      masked.text = line.substr(0, content);
      if (content < line.size()) cut(masked, line, content, line.size());
      return masked;
    }
    is_open_ = false;
    while (at < line.size()) at = step(masked, line, at);
    return masked;
  }

 private:
  std::size_t step(MaskedLine& masked, std::string_view line, std::size_t at) {
    const auto rest = line.substr(at);
    const bool is_word_start = at == 0 || !is_word(line[at - 1]);
    if (const auto length = is_word_start ? known_form_length(rest) : 0; length > 0) {
      cut(masked, line, at, at + length);
      return at + length;
    }
    const auto separator = separator_length(rest);
    if (separator == 0 || !names_access_key(word_before(line, at))) {
      masked.text += line[at];
      return at + 1;
    }
    return mask_value(masked, line, at, at + separator);
  }

  std::size_t mask_value(MaskedLine& masked, std::string_view line, std::size_t separator, std::size_t after) {
    auto start = after;
    char quote = '\0';
    std::size_t escapes = 0;
    while (start < line.size() && is_wrapping(line[start]) && quote == '\0') {
      if (line[start] == '\\') ++escapes;
      if (line[start] == '"' || line[start] == '\'') quote = line[start];
      ++start;
    }
    masked.text += line.substr(separator, start - separator);
    const auto extent = find_extent(line, start, quote, escapes);
    is_open_ = extent.goes_on;
    if (extent.end > start) cut(masked, line, start, extent.end);
    return extent.end;
  }

  static void cut(MaskedLine& masked, std::string_view line, std::size_t from, std::size_t to) {
    const auto length = std::min(to, line.size()) - from;
    masked.cuts.push_back({.offset = from, .length = length});
    masked.text += kMask;
  }

  bool is_open_ = false;
};

}  // namespace

std::size_t MaskedLine::place(std::size_t offset) const {
  auto place = offset;
  for (const auto& cut : cuts) {
    if (offset < cut.offset) break;
    const auto inside = std::min(offset - cut.offset, cut.length);
    place -= inside;
    if (offset >= cut.offset + cut.length) place += kMask.size();
  }
  return std::min(place, text.size());
}

std::vector<MaskedLine> mask_access_keys(std::string_view text) {
  std::vector<MaskedLine> lines;
  Masker masker;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    lines.push_back(masker.mask(text.substr(start, end - start)));
    start = end + 1;
  }
  return lines;
}

std::string mask_line(std::string_view line) {
  return Masker().mask(line).text;
}

}  // namespace acr::controller
