// SPDX-License-Identifier: Apache-2.0
#include "common/config/host_overlap.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace acr::config {
namespace {

/// Can some text match both patterns? Walks over both from the end; cell j says it of the rests from i and j on.
bool labels_overlap(std::string_view a, std::string_view b) {
  std::vector<bool> below(b.size() + 1);
  std::vector<bool> row(b.size() + 1);
  for (auto i = a.size() + 1; i-- > 0;) {
    for (auto j = b.size() + 1; j-- > 0;) {
      const bool a_ends = i == a.size();
      const bool b_ends = j == b.size();
      if (a_ends && b_ends) {
        row[j] = true;
      } else if (!a_ends && a[i] == '*') {
        row[j] = below[j] || (!b_ends && row[j + 1]);
      } else if (!b_ends && b[j] == '*') {
        row[j] = row[j + 1] || (!a_ends && below[j]);
      } else {
        const bool is_same = !a_ends && !b_ends && (a[i] == b[j] || a[i] == '?' || b[j] == '?');
        row[j] = is_same && below[j + 1];
      }
    }
    std::swap(row, below);
  }
  return below[0];
}

/// The first label of `rest`, which loses it.
std::string_view take_label(std::string_view& rest) {
  const auto end = std::min(rest.find('.'), rest.size());
  const auto label = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return label;
}

}  // namespace

bool hosts_overlap(std::string_view a, std::string_view b) {
  const auto port_of = [](std::string_view host) { return host.substr(std::min(host.find(':'), host.size())); };
  if (port_of(a) != port_of(b) || std::count(a.begin(), a.end(), '.') != std::count(b.begin(), b.end(), '.'))
    return false;
  while (!a.empty() && !b.empty()) {
    const auto of_a = take_label(a);
    const auto of_b = take_label(b);
    if (of_a != of_b && !labels_overlap(of_a, of_b)) return false;
  }
  return a.empty() && b.empty();
}

}  // namespace acr::config
