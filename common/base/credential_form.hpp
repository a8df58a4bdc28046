// SPDX-License-Identifier: Apache-2.0
// Access keys and tokens that are known by their form alone, wherever they stand: in a file, a flag, a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace acr {

/// The length of the id of an access key ("LTAI..."), the secret of one, or a token ("STS....", "CAIS...") that starts
/// at `at`; 0 if none does. Ids are known in lower case too, as something that was made lower case holds them.
std::size_t credential_length(std::string_view text, std::size_t at);

/// Does the text hold one, spelt as the cloud issues it? A name in lower case never does.
bool holds_credential(std::string_view text);

/// The text with each of them as ***.
std::string hide_credentials(std::string_view text);

}  // namespace acr
