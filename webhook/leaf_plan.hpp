// SPDX-License-Identifier: Apache-2.0
// When this replica makes itself a new certificate. Pure.
#pragma once

#include <optional>
#include <string>

#include "certs/bundle.hpp"
#include "certs/judge.hpp"

namespace acr::webhook {

/// The certificate that is being served.
struct ServedLeaf {
  certs::Leaf leaf;
  std::string signer_pem;  ///< certificate of the CA that signed it
};

struct LeafPlan {
  bool mint = false;
  std::string reason = {};  ///< for the log, also where minting is impossible
};

/// Minted anew when there is none, when the CA Secret has another signing CA (CRT-6), and when a third of its life is
/// left and a new one would last longer. A CA that is unfit signs nothing; what is served then serves on.
LeafPlan plan_leaf(const std::optional<ServedLeaf>& served, const certs::AuthoritySet& authority,
                   const certs::HostNames& names, WallTime now);

}  // namespace acr::webhook
