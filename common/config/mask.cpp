// SPDX-License-Identifier: Apache-2.0
#include "common/config/mask.hpp"

#include <algorithm>
#include <optional>

#include "common/base/credential_form.hpp"
#include "common/base/text.hpp"
#include "common/config/mask_scan.hpp"
#include "common/config/secret_name.hpp"

namespace acr::config {
namespace {

constexpr std::string_view kMask = "***";

/// Masks line after line; knows whether a value is still open.
class Masker {
 public:
  /// `is_prose`: in words of ours a name may be followed by other words.
  explicit Masker(bool is_prose = false) : is_prose_(is_prose) {}

  MaskedLine mask(std::string_view line) {
    MaskedLine masked;
    const auto content = std::min(line.find_first_not_of(" \t"), line.size());
    // The items of a list may stand in the column of its field.
    const auto depth = content + (line.substr(content).starts_with('-') ? 1 : 0);
    const bool is_inside = nested_below_ && depth > *nested_below_;
    if (is_open_ && (is_inside || !begins_field(line))) {
      masked.text = line.substr(0, content);
      cut(masked, line, content, line.size());
      return masked;
    }
    is_open_ = false;
    nested_below_.reset();
    const bool is_reference = reference_below_ && (content == line.size() || depth > *reference_below_);
    if (!is_reference) reference_below_.reset();
    std::size_t at = is_reference ? mask_reference(masked, line, 0, line.size()) : 0;
    while (at < line.size()) at = step(masked, line, at);
    return masked;
  }

 private:
  std::size_t step(MaskedLine& masked, std::string_view line, std::size_t at) {
    if (const auto length = credential_length(line, at); length > 0) {
      cut(masked, line, at, at + length);
      return at + length;
    }
    if (const auto separator = find_secret_separator(line, at); separator > 0) {
      const auto after = at + separator;
      if (judge_secrecy(word_before(line, at)) != Secrecy::Reference) return mask_value(masked, line, at, after);
      masked.text += line.substr(at, separator);
      reference_below_ = field_column(line);
      return mask_reference(masked, line, after, find_reference_end(line, after));
    }
    if (const auto end = mask_user(masked, line, at); end > at) return end;
    masked.text += line[at];
    return at + 1;
  }

  /// The length of what divides a name that sounds secret from its value, at `at`; 0 if none does.
  [[nodiscard]] std::size_t find_secret_separator(std::string_view line, std::size_t at) const {
    const auto rest = line.substr(at);
    const bool is_glued = !is_prose_ && is_glued_to_value(line, at);
    const auto separator = is_glued ? 1 : separator_length(rest);
    if (separator == 0) return 0;
    const auto word = word_before(line, at);
    const auto secrecy = judge_secrecy(word);
    // A weak word before a weak sign may be prose, or a name in a list.
    const bool is_weak = rest.starts_with(';') || (is_glued && !is_first_word(line, word));
    if (secrecy == Secrecy::None || (is_weak && secrecy != Secrecy::Certain)) return 0;
    return is_host_port(word, rest) ? 0 : separator;
  }

  static std::size_t field_column(std::string_view line) {
    return std::min(line.find_first_not_of(" \t-"), line.size());
  }

  static bool is_first_word(std::string_view line, std::string_view word) {
    const auto first = std::min(line.find_first_not_of(" \t-\"'"), line.size());
    return word.data() == line.data() + first;
  }

  /// What stands before the @ at a host; `at` itself if nothing of that begins here.
  static std::size_t mask_user(MaskedLine& masked, std::string_view line, std::size_t at) {
    constexpr std::string_view kScheme = "://";
    const auto rest = line.substr(at);
    auto start = at;
    auto end = std::string_view::npos;
    if (rest.starts_with(kScheme)) {
      start = at + kScheme.size();
      end = find_userinfo_end(line, start);
    } else if (rest.starts_with(':') && at > 0 && !is_wrapping(line[at - 1])) {
      start = at + 1;
      end = find_password_end(line, start);
    }
    if (end == std::string_view::npos || end <= start) return at;
    masked.text += line.substr(at, start - at);
    cut(masked, line, start, end);
    return end;
  }

  /// The value of a reference may be a mapping, and other fields may follow it on the line.
  static std::size_t find_reference_end(std::string_view line, std::size_t start) {
    const auto comment = std::min(line.find(" #", start), line.size());
    const auto first = line.find_first_not_of(" \t\"'\\", start);
    const bool is_mapping = first < comment && line[first] == '{';
    for (auto at = start; at < comment; ++at) {
      if (is_mapping ? line[at] == '}' : begins_next_field(line.substr(at))) return at;
    }
    return comment;
  }

  /// Cuts all that is neither the name of a field nor possibly the name of a Secret.
  static std::size_t mask_reference(MaskedLine& masked, std::string_view line, std::size_t from, std::size_t to) {
    constexpr std::string_view kSigns = " \t\"'\\{}[],:";
    for (auto at = from; at < to;) {
      const auto end = std::min(line.find_first_of(kSigns, at), to);
      if (end == at) {
        masked.text += line[at++];
        continue;
      }
      const auto word = line.substr(at, end - at);
      const auto after = std::min(line.find_first_not_of(" \t\"'\\", end), to);
      const bool is_field = after < to && line[after] == ':';
      if (is_field && is_secret(judge_secrecy(word))) {
        cut(masked, line, at, to);
        return to;
      }
      if (is_reference_part(word, is_field)) {
        masked.text += word;
      } else {
        cut(masked, line, at, end);
      }
      at = end;
    }
    return to;
  }

  static bool is_reference_part(std::string_view word, bool is_field) {
    constexpr std::size_t kMostFieldBytes = 24;
    if (word == "-" || word == "|" || word == ">" || word == "|-" || word == ">-" || word == "~") return true;
    const bool is_name = is_dns_subdomain(word) && credential_length(word, 0) == 0;
    return is_name ||
           (is_field && word.size() <= kMostFieldBytes && word.find_first_of("0123456789") == std::string_view::npos);
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
    // All that is indented deeper belongs to a value without quotes, whatever it looks like.
    if (quote == '\0') nested_below_ = field_column(line);
    if (extent.end > start) cut(masked, line, start, extent.end);
    return extent.end;
  }

  static void cut(MaskedLine& masked, std::string_view line, std::size_t from, std::size_t to) {
    const auto length = std::min(to, line.size()) - from;
    if (length == 0) return;
    masked.cuts.push_back({.offset = from, .length = length});
    masked.text += kMask;
  }

  bool is_prose_;
  bool is_open_ = false;
  /// The column of the field whose value stands in the lines below it.
  std::optional<std::size_t> nested_below_;
  /// The same of a field that takes the name of a Secret.
  std::optional<std::size_t> reference_below_;
};

template <typename Mask>
std::vector<MaskedLine> mask_lines(std::string_view text, Mask mask) {
  std::vector<MaskedLine> lines;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    lines.push_back(mask(text.substr(start, end - start)));
    start = end + 1;
  }
  return lines;
}

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
  return mask_lines(text, [masker = Masker()](std::string_view line) mutable { return masker.mask(line); });
}

std::vector<MaskedLine> mask_value_of(std::string_view key, std::string_view text) {
  if (!is_secret(judge_secrecy(key))) return mask_access_keys(text);
  return mask_lines(text, [](std::string_view line) {
    MaskedLine masked;
    if (!line.empty()) masked = {.text = std::string(kMask), .cuts = {{.offset = 0, .length = line.size()}}};
    return masked;
  });
}

std::string mask_line(std::string_view line) {
  return Masker(true).mask(line).text;
}

}  // namespace acr::config
