// SPDX-License-Identifier: Apache-2.0
// A pull Secret that keeps entries of its own former content, for logins that nobody knows any more. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/pullsecret/wanted_secret.hpp"

namespace acr::pullsecret {

/// `wanted` with those entries of `content`, the docker config of the Secret that it is to replace, that serve `hosts`.
/// They are taken as what somebody may have written: malformed ones, and what does not fit, are left out. `ends`: when
/// the first of them stops working at the latest.
WantedSecret keep_entries(const WantedSecret& wanted, const Secret& content, const std::vector<std::string>& hosts,
                          WallTime ends, WallTime now);

}  // namespace acr::pullsecret
