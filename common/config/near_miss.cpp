// SPDX-License-Identifier: Apache-2.0
#include "common/config/near_miss.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"

namespace acr::config {
namespace {

/// Longer than any known name; a row of it costs no allocation.
constexpr std::size_t kMostCharacters = 40;

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), or any number above `limit`
/// if there are more. Both are shorter than kMostCharacters.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  using Row = std::array<std::size_t, kMostCharacters>;
  std::array<Row, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const auto& before_last = rows[(i + 1) % 3];
    const auto& last = rows[(i + 2) % 3];
    auto& row = rows[i % 3];
    row[0] = i;
    auto least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
      least = std::min(least, row[j]);
    }
    if (least > limit) return least;
  }
  return rows[a.size() % 3][b.size()];
}

std::size_t folded_size(std::string_view name) {
  return name.size() -
         static_cast<std::size_t>(std::count_if(name.begin(), name.end(), [](char c) { return c == '-' || c == '_'; }));
}

}  // namespace

std::string fold_name(std::string_view name) {
  auto folded = to_lower(name);
  std::erase_if(folded, [](char c) { return c == '-' || c == '_'; });
  return folded;
}

bool is_same_name(std::string_view a, std::string_view b) {
  const auto skip = [](std::string_view text, std::size_t at) {
    while (at < text.size() && (text[at] == '-' || text[at] == '_')) ++at;
    return at;
  };
  auto i = skip(a, 0);
  auto j = skip(b, 0);
  while (i < a.size() && j < b.size()) {
    if (!equals_ignore_case(a.substr(i, 1), b.substr(j, 1))) return false;
    i = skip(a, i + 1);
    j = skip(b, j + 1);
  }
  return i == a.size() && j == b.size();
}

bool is_near_miss(std::string_view name, std::string_view known) {
  if (name.size() >= kMostCharacters || known.size() >= kMostCharacters) return false;
  const auto known_size = folded_size(known);
  const auto size = folded_size(name);
  const std::size_t limit = known_size >= 8 ? 2 : 1;
  // Most names are far too long or too short: no need to look at them.
  if (size > known_size + limit || known_size > size + limit) return false;
  return edit_distance(fold_name(name), fold_name(known), limit) <= limit;
}

}  // namespace acr::config
