// SPDX-License-Identifier: Apache-2.0
// An addon token file: what is accepted is usable, what is refused is told in one bounded line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/credentials/addon_token.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto token = acr::credentials::parse_addon_token({reinterpret_cast<const char*>(data), size});
  if (token) {
    const bool complete = !token->access_key_id.empty() && !token->access_key_secret.empty() &&
                          !token->security_token.empty() && token->expires;
    if (!complete) std::abort();
  } else {
    const auto& message = token.error().message;
    if (message.size() > 2048 || message.find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
