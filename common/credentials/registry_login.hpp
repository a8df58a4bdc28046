// SPDX-License-Identifier: Apache-2.0
// A registry login: what the cloud gives for one registry instance and what the pull Secret is made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.hpp"
#include "common/base/time.hpp"

namespace acr::credentials {

/// Temporary user and password for the hosts of one registry instance. Both are opaque; the password contains a colon.
struct RegistryLogin {
  std::string instance_id = {};  ///< "cri-..."; empty = Personal Edition
  std::string region_id = {};
  std::vector<std::string> hosts =
      {};  ///< as configured, wildcards included, else from ListInstanceEndpoint (lower case)
  std::string username = {};
  Secret password = {};
  WallTime issued = {};
  WallTime expires = {};
  std::string instance_key = {};  ///< see build_instance_key()

  friend bool operator==(const RegistryLogin&, const RegistryLogin&) = default;
};

/// The name of an instance in logs, metrics, the state Secret and as key of a RegistryLogin: "cri-x@cn-hangzhou" or
/// "personal@cn-hangzhou". `discriminator` (a digest, never a key itself) is appended as "#<discriminator>" if not
/// empty, where two items of the configuration name the same instance with different identities.
std::string build_instance_key(std::string_view instance_id, std::string_view region_id,
                               std::string_view discriminator = {});

}  // namespace acr::credentials
