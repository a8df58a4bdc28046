// SPDX-License-Identifier: Apache-2.0
// Times and durations as text: what parses is written back to a text of the same meaning.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "common/base/duration.hpp"
#include "common/base/time.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace std::chrono;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto time = acr::parse_rfc3339(input)) {
    const auto again = acr::parse_rfc3339(acr::format_rfc3339(*time));
    if (!again || *again != floor<seconds>(*time)) std::abort();
    if (!acr::parse_rfc3339(acr::format_rfc3339_micro(*time))) std::abort();
  }
  (void)acr::parse_http_date(input);
  if (const auto duration = acr::parse_duration(input)) {
    const auto again = acr::parse_duration(acr::format_duration(*duration));
    if (*duration < milliseconds{0} || !again || *again != *duration) std::abort();
  }
  return 0;
}
