// SPDX-License-Identifier: Apache-2.0
#include "common/config/mask.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>

#include "common/base/text.hpp"

namespace acr::config {
namespace {

constexpr std::string_view kMask = "***";

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// Blanks, and the quotes and backslashes of text that was encoded once or more.
bool is_wrapping(char c) {
  return c == ' ' || c == '\t' || c == '"' || c == '\'' || c == '\\';
}

/// JSON may write letters as \u0053.
std::string without_escapes(std::string_view word) {
  std::string text;
  for (std::size_t at = 0; at < word.size(); ++at) {
    if (word.substr(at).starts_with("\\u00") && at + 6 <= word.size()) {
      const std::string hex(word.substr(at + 4, 2));
      text += static_cast<char>(std::strtol(hex.c_str(), nullptr, 16));
      at += 5;
    } else {
      text += word[at];
    }
  }
  return text;
}

/// "customAccessKeySecret" in any spelling, misspelt ones too; a reference to a Secret is no secret.
bool names_access_key(std::string_view word) {
  std::string folded;
  for (const char c : to_lower(without_escapes(word))) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) folded += c;
  }
  if (folded.ends_with("ref")) return false;
  const auto holds = [&folded](std::string_view part) { return folded.find(part) != std::string::npos; };
  const bool is_access = (holds("acces") || holds("acess"));
  return holds("secret") || holds("securitytoken") || holds("password") || folded == "ak" || folded == "sk" ||
         (is_access && (holds("key") || holds("ky") || holds("kye") || holds("id")));
}

/// The word that ends at `end`; quotes do not belong to it.
std::string_view word_before(std::string_view line, std::size_t end) {
  while (end > 0 && is_wrapping(line[end - 1])) --end;
  auto start = end;
  while (start > 0 && (is_word(line[start - 1]) || line[start - 1] == '.' ||
                       (line[start - 1] == '\\' && start < line.size() && line[start] == 'u'))) {
    --start;
  }
  return line.substr(start, end - start);
}

/// What may stand between a name and its value, wide signs too; its length, 0 for anything else.
std::size_t separator_length(std::string_view rest) {
  if (rest.starts_with("：") || rest.starts_with("﹕") || rest.starts_with("；") || rest.starts_with("＝")) return 3;
  return rest.starts_with(':') || rest.starts_with('=') || rest.starts_with(';') ? 1 : 0;
}

/// A name that is followed by its value without any sign between them.
bool is_glued_to_value(std::string_view line, std::size_t at) {
  if (at == 0 || at >= line.size() || line[at] != ' ' || !is_word(line[at - 1])) return false;
  const auto next = line.find_first_not_of(" \t", at);
  return next != std::string_view::npos && line[next] != '#' && separator_length(line.substr(next)) == 0;
}

/// Where the value that starts at `start` ends, and whether it may go on in the next line.
struct Extent {
  std::size_t end = 0;
  bool goes_on = false;
};

/// Behind a closing quote may come the end, a comment, the end of a collection, or a comma and the next field; all else
/// may be a part of the key.
bool ends_value(std::string_view line, std::size_t after) {
  const auto tail = std::min(line.find_first_not_of(" \t", after), line.size());
  const auto rest = line.substr(tail);
  if (rest.empty() || std::string_view("]}\\").find(rest.front()) != std::string_view::npos) return true;
  if (tail > after && (rest.starts_with('#') || rest.starts_with("//"))) return true;
  if (rest.front() != ',') return false;
  const auto next = std::min(rest.find_first_not_of(" \t\"'\\{", 1), rest.size());
  auto end = next;
  while (end < rest.size() && (is_word(rest[end]) || rest[end] == '\\')) ++end;
  while (end < rest.size() && is_wrapping(rest[end])) ++end;
  return next == rest.size() || rest[next] == ']' || rest[next] == '}' || (end < rest.size() && rest[end] == ':');
}

Extent find_extent(std::string_view line, std::size_t start, char quote, std::size_t escapes) {
  if (quote == '\0') return {.end = std::min(line.find(" #", start), line.size()), .goes_on = true};
  for (auto at = start; at < line.size(); ++at) {
    std::size_t backslashes = 0;
    while (at + backslashes < line.size() && line[at + backslashes] == '\\') ++backslashes;
    const auto after = at + backslashes;
    if (after < line.size() && line[after] == quote && backslashes <= escapes)
      return ends_value(line, after + 1) ? Extent{.end = at} : Extent{.end = line.size()};
    at = after;
  }
  return {.end = line.size(), .goes_on = true};
}

std::size_t count_leading(std::string_view text, bool (*is_part)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_part) - text.begin());
}

bool is_alphanumeric(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// An id or a token known by its form, wherever it stands: "LTAI..." and "STS....". In another case, as something that
/// was made lower case, it must not be taken for a host or a name with such a start.
std::size_t known_form_length(std::string_view rest) {
  constexpr std::size_t kPrefix = 4;
  constexpr std::size_t kLeastId = 12;
  constexpr std::size_t kLeastToken = 20;
  if (rest.starts_with("LTAI") || rest.starts_with("STS.")) {
    const auto length = kPrefix + count_leading(rest.substr(kPrefix), is_word);
    return length >= kLeastId ? length : 0;
  }
  const auto prefix = rest.substr(0, kPrefix);
  const bool is_id = equals_ignore_case(prefix, "LTAI");
  if (!is_id && !equals_ignore_case(prefix, "STS.")) return 0;
  const auto length = kPrefix + count_leading(rest.substr(kPrefix), is_alphanumeric);
  return length >= (is_id ? kLeastId : kLeastToken) ? length : 0;
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
  /// `is_prose`: in words of ours a name may be followed by other words.
  explicit Masker(bool is_prose = false) : is_prose_(is_prose) {}

  MaskedLine mask(std::string_view line) {
    MaskedLine masked;
    std::size_t at = 0;
    const auto content = std::min(line.find_first_not_of(" \t"), line.size());
    // The items of a list may stand in the column of its field.
    const bool is_item = content < line.size() && line[content] == '-';
    const bool is_inside = nested_below_ && content + (is_item ? 1 : 0) > *nested_below_;
    if (is_open_ && (is_inside || !begins_field(line))) {
      masked.text = line.substr(0, content);
      if (content < line.size()) cut(masked, line, content, line.size());
      return masked;
    }
    is_open_ = false;
    nested_below_.reset();
    while (at < line.size()) at = step(masked, line, at);
    return masked;
  }

 private:
  std::size_t step(MaskedLine& masked, std::string_view line, std::size_t at) {
    const auto rest = line.substr(at);
    const bool is_word_start = at == 0 || !is_alphanumeric(line[at - 1]);
    if (const auto length = is_word_start ? known_form_length(rest) : 0; length > 0) {
      cut(masked, line, at, at + length);
      return at + length;
    }
    const auto separator = !is_prose_ && is_glued_to_value(line, at) ? 1 : separator_length(rest);
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
    // Nothing follows, or the sign of a block: all that is indented deeper belongs to it.
    const auto written = trim(line.substr(start));
    if (quote == '\0' &&
        (written.empty() || written.front() == '|' || written.front() == '>' || written.front() == '#'))
      nested_below_ = std::min(line.find_first_not_of(" \t-"), line.size());
    if (extent.end > start) cut(masked, line, start, extent.end);
    return extent.end;
  }

  static void cut(MaskedLine& masked, std::string_view line, std::size_t from, std::size_t to) {
    const auto length = std::min(to, line.size()) - from;
    masked.cuts.push_back({.offset = from, .length = length});
    masked.text += kMask;
  }

  bool is_prose_;
  bool is_open_ = false;
  /// The column of the field whose value stands in the lines below it.
  std::optional<std::size_t> nested_below_;
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

bool holds_access_key(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto rest = text.substr(at);
    const bool is_word_start = at == 0 || !is_alphanumeric(text[at - 1]);
    const bool is_as_issued = rest.starts_with("LTAI") || rest.starts_with("STS.");
    if (is_word_start && is_as_issued && known_form_length(rest) > 0) return true;
  }
  return false;
}

std::string mask_line(std::string_view line) {
  return Masker(true).mask(line).text;
}

}  // namespace acr::config
