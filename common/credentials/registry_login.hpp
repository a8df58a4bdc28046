// SPDX-License-Identifier: Apache-2.0
// A registry login: what the cloud gives for one registry instance and what the pull Secret is made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.hpp"
#include "common/base/time.hpp"

namespace acr::credentials {

/// Where the hosts of a login come from; whoever takes it over must know which of them he may still use.
enum class HostsFrom {
  Cloud,          ///< the endpoints of the instance, or the documented hosts of Personal Edition
  Configuration,  ///< `domains` of the item
  NameRule,       ///< patterns for any instance of the region, since the cloud would not list the endpoints
};

/// Temporary user and password for the hosts of one registry instance. Both are opaque; the password contains a colon.
struct RegistryLogin {
  std::string instance_id = {};  ///< "cri-..."; empty = Personal Edition
  std::string region_id = {};
  std::vector<std::string> hosts = {};  ///< lower case; wildcards too, but where they come from the cloud
  HostsFrom hosts_from = HostsFrom::Cloud;
  std::string username = {};
  Secret password = {};
  WallTime issued = {};
  WallTime expires = {};
  std::string instance_key = {};  ///< see build_instance_key()
  std::string identity = {};      ///< whose login it is, see build_identity_digest(); empty = unknown

  friend bool operator==(const RegistryLogin&, const RegistryLogin&) = default;
};

/// The name of an instance in logs, metrics, the state Secret and as key of a RegistryLogin: "cri-x@cn-hangzhou" or
/// "personal@cn-hangzhou". `discriminator` (a digest, never a key itself) is appended as "#<discriminator>" if not
/// empty, where two items of the configuration name the same instance with different identities.
std::string build_instance_key(std::string_view instance_id, std::string_view region_id,
                               std::string_view discriminator = {});

}  // namespace acr::credentials
