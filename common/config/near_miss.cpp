// SPDX-License-Identifier: Apache-2.0
#include "common/config/near_miss.hpp"

#include <algorithm>
#include <vector>

#include "common/base/text.hpp"

namespace acr::config {
namespace {

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string fold_name(std::string_view name) {
  auto folded = to_lower(name);
  std::erase_if(folded, [](char c) { return c == '-' || c == '_'; });
  return folded;
}

bool is_near_miss(std::string_view name, std::string_view known) {
  // The table grows with the product of the lengths, and a far longer name is no misspelling.
  if (name.size() > known.size() + 8) return false;
  const auto a = fold_name(name);
  const auto b = fold_name(known);
  return edit_distance(a, b) <= (b.size() >= 8 ? 2U : 1U);
}

}  // namespace acr::config
