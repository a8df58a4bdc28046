// SPDX-License-Identifier: Apache-2.0
#include "common/config/quotes.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kTypographicBytes = 3;

bool has_quote(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (read_quote(text.substr(i)).length > 0) return true;
  }
  return false;
}

}  // namespace

Quote read_quote(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kTypographic{"“", "”", "„", "‘", "’", "‚", "＂", "＇"};
  if (text.starts_with('"')) return {.kind = QuoteKind::Double, .length = 1};
  if (text.starts_with('\'')) return {.kind = QuoteKind::Single, .length = 1};
  if (text.empty() || static_cast<unsigned char>(text[0]) < 0x80) return {};
  const bool is_typographic = std::any_of(kTypographic.begin(), kTypographic.end(),
                                          [text](std::string_view quote) { return text.starts_with(quote); });
  return is_typographic ? Quote{.kind = QuoteKind::Typographic, .length = kTypographicBytes} : Quote{};
}

Unquoted unquote(std::string_view text) {
  const auto trimmed = trim(text);
  const auto start = static_cast<std::size_t>(trimmed.data() - text.data());
  const Unquoted bare{.text = trimmed, .offset = start, .kind = QuoteKind::None};
  const auto opening = read_quote(trimmed);
  if (opening.length == 0 || trimmed.size() < 2 * opening.length) return bare;
  const auto closing = read_quote(trimmed.substr(trimmed.size() - opening.length));
  if (closing.kind != opening.kind) return bare;
  const auto inner = trimmed.substr(opening.length, trimmed.size() - 2 * opening.length);
  if (has_quote(inner)) return bare;
  const auto content = trim(inner);
  const auto offset = content.empty() ? start : static_cast<std::size_t>(content.data() - text.data());
  return {.text = content, .offset = offset, .kind = opening.kind};
}

bool is_null_word(std::string_view text) {
  return text == "~" || text == "null" || text == "Null" || text == "NULL";
}

}  // namespace acr::config
