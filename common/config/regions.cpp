// SPDX-License-Identifier: Apache-2.0
#include "common/config/regions.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "common/config/near_miss.hpp"

namespace acr::config {
namespace {

constexpr auto kRegions = std::to_array<std::string_view>({
#include "common/config/region_ids.inc"
});

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string without_digits(std::string_view text) {
  std::string words(text);
  std::erase_if(words, is_digit);
  return words;
}

bool differs_in_number_only(std::string_view a, std::string_view b) {
  return std::ranges::any_of(a, is_digit) && std::ranges::any_of(b, is_digit) && without_digits(a) == without_digits(b);
}

}  // namespace

std::vector<std::string_view> find_similar_regions(std::string_view region_id) {
  std::vector<std::string_view> similar;
  if (std::ranges::binary_search(kRegions, region_id)) return similar;
  for (const auto known : kRegions) {
    if (!is_near_miss(region_id, known)) continue;
    if (differs_in_number_only(region_id, known)) return {};
    if (is_same_name(region_id, known)) return {known};
    similar.push_back(known);
  }
  return similar;
}

}  // namespace acr::config
