// SPDX-License-Identifier: Apache-2.0
// What editors and consoles leave in a value that no reader of it should have to know.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/base/text.hpp"
#include "common/config/parse.hpp"
#include "common/config/source_text.hpp"

namespace acr::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// No-break space and ideographic space: copied from web pages, and invisible.
constexpr std::string_view kForeignBlanks[] = {"\xC2\xA0", "\xE3\x80\x80"};

/// CRLF and lone CR become LF.
std::string with_plain_line_ends(std::string_view value) {
  std::string text;
  text.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\r') {
      text += value[i];
    } else if (i + 1 >= value.size() || value[i + 1] != '\n') {
      text += '\n';
    }
  }
  return text;
}

/// Replaces foreign blanks by spaces, one character for one. The offset of the first, else npos.
std::size_t replace_foreign_blanks(std::string& text) {
  auto first = std::string::npos;
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = std::string_view(text).substr(i);
    const auto* blank = std::find_if(std::begin(kForeignBlanks), std::end(kForeignBlanks),
                                     [rest](std::string_view candidate) { return rest.starts_with(candidate); });
    if (blank == std::end(kForeignBlanks)) {
      result += text[i++];
    } else {
      first = std::min(first, result.size());
      result += ' ';
      i += blank->size();
    }
  }
  text = std::move(result);
  return first;
}

std::string without_blank_lines(const std::string& text) {
  std::string result;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    const auto line = std::string_view(text).substr(start, end - start);
    if (!trim(line).empty()) result += line;
    if (end < text.size()) result += '\n';
    start = end + 1;
  }
  return result;
}

}  // namespace

SourceText clean_value(const std::string& key, std::string_view value, Findings& findings) {
  const SourceText nothing(key, {});
  if (value.size() > kMaxValueBytes) {
    findings.error("too-large", nothing, 0,
                   fmt::format("the value has {} bytes; at most {} are read", value.size(), kMaxValueBytes));
    return nothing;
  }
  if (value.starts_with(kByteOrderMark)) {
    value.remove_prefix(kByteOrderMark.size());
    findings.info("bom-stripped", nothing, 0, "the byte order mark at the start was ignored");
  }
  auto text = with_plain_line_ends(value);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
      findings.error("control-character", SourceText(key, text), i,
                     fmt::format("a control character (code {}) stands here", c), "delete it");
      return nothing;
    }
  }
  const auto foreign = replace_foreign_blanks(text);
  SourceText source(key, without_blank_lines(text));
  if (foreign != std::string::npos) {
    findings.warning("foreign-blank", SourceText(key, text), foreign, "a blank that is not a space was read as one",
                     "type a plain space");
  }
  return source;
}

}  // namespace acr::config
