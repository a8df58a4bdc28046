// SPDX-License-Identifier: Apache-2.0
#include "common/config/settings.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace acr::config {

std::string_view to_string(FailurePolicy policy) {
  return policy == FailurePolicy::Fail ? "Fail" : "Ignore";
}

bool is_glob(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

bool NamePatterns::matches(std::string_view name) const {
  return all || std::any_of(patterns.begin(), patterns.end(),
                            [name](const std::string& pattern) { return matches_glob(pattern, name); });
}

bool NamePatterns::has_glob() const {
  return std::any_of(patterns.begin(), patterns.end(), [](const std::string& pattern) { return is_glob(pattern); });
}

}  // namespace acr::config
