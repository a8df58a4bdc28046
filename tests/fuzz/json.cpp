// SPDX-License-Identifier: Apache-2.0
// Any bytes as JSON (CPP-3): what parses can be written and read again, and is never nested deeper than allowed.
#include "common/base/json.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

std::size_t depth_of(const acr::JsonValue& value) {
  std::size_t deepest = 0;
  if (value.IsArray()) {
    for (const auto& element : value.GetArray()) deepest = std::max(deepest, depth_of(element));
    return deepest + 1;
  }
  if (!value.IsObject()) return 0;
  for (const auto& member : value.GetObject()) deepest = std::max(deepest, depth_of(member.value));
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kDepth = 16;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto document = acr::parse_json(input, kDepth);
  if (!document) return 0;
  if (depth_of(*document) > kDepth) std::abort();
  // Numbers may lose digits on the way, nothing else.
  if (!acr::parse_json(acr::to_json(*document), kDepth)) std::abort();
  if (input.find('\0') != std::string_view::npos) std::abort();
  (void)acr::string_at(*document, "metadata", "name");
  (void)acr::integer_at(*document, "code");
  (void)acr::bool_at(*document, "allowed");
  return 0;
}
