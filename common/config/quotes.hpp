// SPDX-License-Identifier: Apache-2.0
// Quotes around a value: those of YAML, and what word processors make of them.
#pragma once

#include <cstddef>
#include <string_view>

namespace acr::config {

enum class QuoteKind {
  None,
  Double,       ///< "
  Single,       ///< '
  Typographic,  ///< “ ” „ ‘ ’ ‚ and the full-width ones
};

/// The quote at the start of some text.
struct Quote {
  QuoteKind kind = QuoteKind::None;
  std::size_t length = 0;  ///< in bytes; 0 if there is none
};

Quote read_quote(std::string_view text);

/// A text without the pair of quotes around it.
struct Unquoted {
  std::string_view text;
  /// In bytes from the start of what was given.
  std::size_t offset = 0;
  QuoteKind kind = QuoteKind::None;
};

/// Takes away blanks and one pair of quotes, if it holds no other quote; anything else stays as it is.
Unquoted unquote(std::string_view text);

/// "null", as YAML spells it, and "~".
bool is_null_word(std::string_view text);

}  // namespace acr::config
