// SPDX-License-Identifier: Apache-2.0
// The token of a ServiceAccount: what it claims goes into error messages, which are one bounded line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/credentials/oidc_token.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)acr::credentials::parse_oidc_token(text);
  const auto claims = acr::credentials::describe_claims(text);
  if (claims.size() > 4096 || claims.find('\n') != std::string::npos) std::abort();
  return 0;
}
