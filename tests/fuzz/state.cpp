// SPDX-License-Identifier: Apache-2.0
// The content of the state Secret, which anybody with the right to write it may have damaged. The first NUL byte
// divides the two keys.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/credentials/state.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acr;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto middle = text.find('\0');
  const auto logins = middle == std::string_view::npos ? std::string_view{} : text.substr(middle + 1);
  const auto decoded =
      credentials::decode_state({{credentials::kConfigurationKey, Secret(std::string(text.substr(0, middle)))},
                                 {credentials::kLoginsKey, Secret(std::string(logins))}});
  // What was taken can be stored again and is then the same.
  const auto encoded = credentials::encode_state(decoded.state);
  if (!encoded.problems.empty()) return 0;
  const auto again = credentials::decode_state(encoded.data);
  if (!again.problems.empty() || again.state.configuration != decoded.state.configuration) std::abort();
  if (again.state.logins.size() != decoded.state.logins.size()) std::abort();
  return 0;
}
