// SPDX-License-Identifier: Apache-2.0
// Lines of a configuration with every access key as ***, so that they may be shown. Works on any text, valid or not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace acr::config {

/// A line that may be shown.
struct MaskedLine {
  std::string text;
  /// Where byte `offset` of the line as written stands in `text`; inside an access key: at its ***.
  [[nodiscard]] std::size_t place(std::size_t offset) const;

  struct Cut {
    std::size_t offset = 0;  ///< in the line as written
    std::size_t length = 0;
  };
  std::vector<Cut> cuts;
};

/// All lines of `text`. What follows a field that names an access key is masked up to its end, over lines too; rather
/// too much than too little.
std::vector<MaskedLine> mask_access_keys(std::string_view text);

/// Does the text hold the id of an access key or a token, spelt as the cloud issues it?
bool holds_access_key(std::string_view text);

/// One line that stands alone, such as a message. Ids and tokens are known in any case of their letters.
std::string mask_line(std::string_view line);

}  // namespace acr::config
