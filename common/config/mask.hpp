// SPDX-License-Identifier: Apache-2.0
// Lines of a configuration with every access key, password and token as ***, so that they may be shown. Works on any
// text, valid or not.
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

/// All lines of `text`. What follows a field whose name says that it is secret is masked up to its end, over lines too;
/// rather too much than too little. So is what cannot be the name of a Secret behind a field that takes one, what
/// stands before the @ of a URL, and what has the form of a credential.
std::vector<MaskedLine> mask_access_keys(std::string_view text);

/// The same for the lines of the value of a data key, whose name may be that of a secret.
std::vector<MaskedLine> mask_value_of(std::string_view key, std::string_view text);

/// One line that stands alone, such as a message.
std::string mask_line(std::string_view line);

}  // namespace acr::config
