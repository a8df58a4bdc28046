// SPDX-License-Identifier: Apache-2.0
#include "common/base/json_text.hpp"

#include <algorithm>

#include "common/base/json.hpp"

namespace acr {

void append_quoted(std::string& json, std::string_view text) {
  const bool plain =
      std::ranges::none_of(text, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
  if (!plain) {
    json += quote_json(text);
    return;
  }
  json += '"';
  json += text;
  json += '"';
}

}  // namespace acr
