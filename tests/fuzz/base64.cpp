// SPDX-License-Identifier: Apache-2.0
// What decodes encodes back to the same text (CPP-11): there is one text for each value.
#include "common/base/base64.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto decoded = acr::decode_base64(acr::encode_base64(input));
  if (!decoded || *decoded != input) std::abort();
  if (const auto bytes = acr::decode_base64(input)) {
    const auto again = acr::decode_base64(acr::encode_base64(*bytes));
    if (!again || *again != *bytes || bytes->size() > input.size()) std::abort();
  }
  return 0;
}
