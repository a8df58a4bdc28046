// SPDX-License-Identifier: Apache-2.0
#include "common/http/connection_failure.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace acr::http {

bool is_connection_failure(const Error& error) {
  constexpr auto kBeginnings = std::to_array<std::string_view>({
      "cannot resolve ",
      "cannot connect to ",
      "cannot make a TLS connection to ",
      "cannot get through to ",
  });
  return std::ranges::any_of(kBeginnings,
                             [&](std::string_view beginning) { return error.message.starts_with(beginning); });
}

}  // namespace acr::http
