// SPDX-License-Identifier: Apache-2.0
// Registry logins -> the docker config that kubelet reads from a pull Secret.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/secret.hpp"
#include "common/base/time.hpp"
#include "common/credentials/registry_login.hpp"

namespace acr::pullsecret {

/// A docker config and what became of the logins it was made from.
struct DockerConfig {
  /// {"auths":{"host":{"username","password","email","auth"}}}, hosts in byte order; the four fields of kubectl, of
  /// which email stays empty.
  Secret json;
  /// When the first entry stops working; nullopt if there is no entry.
  std::optional<WallTime> earliest_expiry;
  /// The hosts that have an entry, in byte order.
  std::vector<std::string> hosts;
  /// When each of them stops working.
  std::vector<WallTime> ends;

  /// A host that two logins claim: the first in configuration order has it, and one that was configured or listed goes
  /// before one of the name rule.
  struct Clash {
    std::string host, kept_instance, dropped_instance;
    friend bool operator==(const Clash&, const Clash&) = default;
  };
  std::vector<Clash> clashes;
  /// A login, or a host of it, that was left out because it is expired, cannot be written safely or does not fit. No
  /// secret in it.
  struct LeftOut {
    std::string instance, reason;
    friend bool operator==(const LeftOut&, const LeftOut&) = default;
  };
  std::vector<LeftOut> left_out;
};

/// The largest docker config that is written; the API server refuses a Secret of more.
inline constexpr std::size_t kMaxDockerConfigBytes = 1024UL * 1024 - 1;

/// Builds the docker config of all logins that are good at `now`, given in configuration order. An expired or malformed
/// login is left out: one bad entry would make kubelet drop the whole Secret, and a registry answers a dead login with
/// 401 even where anonymous pulls are allowed. What would be too large loses whole logins, the last ones first.
DockerConfig build_docker_config(const std::vector<credentials::RegistryLogin>& logins, WallTime now);

}  // namespace acr::pullsecret
