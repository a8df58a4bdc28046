// SPDX-License-Identifier: Apache-2.0
#include "common/config/near_miss.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"

namespace acr::config {
namespace {

/// Longer than any known name; a row of it costs no allocation.
constexpr std::size_t kMostCharacters = 40;

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). Both are shorter than
/// kMostCharacters.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, kMostCharacters>;
  Row before_last{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last = last;
    last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
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
  // Most names are far too long or too short: no need to look at them.
  if (name.size() >= kMostCharacters) return false;
  const auto a = fold_name(name);
  const auto b = fold_name(known);
  const std::size_t limit = b.size() >= 8 ? 2 : 1;
  if (a.size() > b.size() + limit || b.size() > a.size() + limit || b.size() >= kMostCharacters) return false;
  return edit_distance(a, b) <= limit;
}

}  // namespace acr::config
