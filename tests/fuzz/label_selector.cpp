// SPDX-License-Identifier: Apache-2.0
// Any text as a label selector: what is taken can be sent to the API server, what is refused has its place.
#include "common/config/label_selector.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "common/base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::size_t fault_offset = 0;
  const auto selector = acr::config::parse_label_selector(input, &fault_offset);
  if (!selector) {
    if (fault_offset > size) std::abort();
    return 0;
  }
  if (!acr::parse_json(selector->to_json())) std::abort();
  (void)selector->matches({{"a", "b"}});
  return 0;
}
