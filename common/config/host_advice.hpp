// SPDX-License-Identifier: Apache-2.0
// Hosts that an item may list but that its login will hardly open.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace acr::config {

struct HostAdvice {
  std::string code;
  std::string message;
  std::string hint;
};

/// What is odd about a host or pattern, in lower case, for an item of that region (empty: unknown) and edition; nullopt
/// if nothing is.
std::optional<HostAdvice> judge_host(std::string_view host, std::string_view region_id, bool is_enterprise);

}  // namespace acr::config
