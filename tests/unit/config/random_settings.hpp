// SPDX-License-Identifier: Apache-2.0
// Configurations by chance, and the many ways in which people write the same one.
#pragma once

#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/settings.hpp"
#include "tests/fakes/print_settings.hpp"

namespace acr::config {

/// A seeded source of small decisions.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}

  /// From 0 to `below` - 1.
  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  bool one_in(std::size_t n) { return pick(n) == 0; }
  std::string_view any_of(std::initializer_list<std::string_view> texts) {
    return *(texts.begin() + pick(texts.size()));
  }
  std::string letters(std::string_view alphabet, std::size_t least, std::size_t most);

 private:
  std::mt19937 random_;
};

/// Valid settings: what some ConfigMap means. Regions are written out, domains and instances claimed once.
Settings make_settings(Chance& chance, const std::string& default_region);

/// ConfigMap data for `settings` in a style of its own: indentation, quotes, comments, line ends, order of fields,
/// brackets.
fakes::ConfigData write_somehow(Chance& chance, const Settings& settings);

/// Data in which a few bytes, lines or whole pieces were changed, without regard for sense.
fakes::ConfigData spoil(Chance& chance, fakes::ConfigData data);

}  // namespace acr::config
