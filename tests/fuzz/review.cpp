// SPDX-License-Identifier: Apache-2.0
// An admission review from anybody who can reach the port.
#include "webhook/review.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto review = acr::webhook::parse_review({reinterpret_cast<const char*>(data), size});
  if (review && review->uid.empty()) std::abort();
  return 0;
}
