// SPDX-License-Identifier: Apache-2.0
// A pull Secret that keeps entries of its own former content, for logins that nobody knows any more. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/pullsecret/wanted_secret.hpp"

namespace acr::pullsecret {

struct KeptEntry {
  std::string host;
  WallTime ends;  ///< when it stops working at the latest

  friend bool operator==(const KeptEntry&, const KeptEntry&) = default;
};

/// `wanted` with the entries `kept`, in the order of their hosts, of `content`, the docker config of the Secret that it
/// is to replace. They are taken as what somebody may have written: malformed ones, and what does not fit, are left
/// out.
WantedSecret keep_entries(const WantedSecret& wanted, const Secret& content, const std::vector<KeptEntry>& kept,
                          WallTime now);

}  // namespace acr::pullsecret
