// SPDX-License-Identifier: Apache-2.0
// Which host serves which product in which region. Pure; the table is generated from endpoints.json by
// scripts/generate-endpoints.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace acr::alibaba {

enum class Product { ContainerRegistry, Sts };

/// "cr", "sts".
std::string_view host_prefix(Product product);

/// The hosts of a product in a region; empty = there is none.
struct RegionHosts {
  std::string vpc;
  std::string public_host;
};

/// From the table; for unknown regions by the rule <product>[-vpc].<region>.aliyuncs.com.
RegionHosts find_hosts(Product product, std::string_view region_id);

/// The hosts to try in order: VPC then public in the own region, public then VPC while the own region is unknown
/// (empty), else public only; STS ends with the global sts.aliyuncs.com. Never empty for a non-empty region.
std::vector<std::string> order_hosts(Product product, std::string_view region_id, std::string_view own_region_id);

/// Hosts that the admin or the cluster's environment names. Each is tried before those of the table.
struct EndpointOverrides {
  std::string sts = {};                              ///< for every region; empty = none
  std::map<std::string, std::string> registry = {};  ///< region id -> host of Container Registry's API
};

/// The host that is to be tried first; empty = that of the table.
std::string find_override(const EndpointOverrides& overrides, Product product, const std::string& region_id);

/// A host name as people write it, with blanks, "https://" or a slash around it, in lower case. Error (Invalid): an
/// address, a port, a path, or no name with a dot in it; a certificate must be able to name it.
Result<std::string> parse_endpoint_host(std::string_view text);

/// Is this a region of the table?
bool is_known_region(std::string_view region_id);

/// What covers the hosts of every Enterprise Edition instance in a region, by the documented rule
/// NAME-registry[-vpc].REGION.cr.aliyuncs.com with a star for the name, which cannot be derived from an instance id.
std::vector<std::string> build_enterprise_patterns(std::string_view region_id);

/// The hosts of Personal Edition in a region: registry, registry-vpc and registry-internal.
std::vector<std::string> build_personal_hosts(std::string_view region_id);

}  // namespace acr::alibaba
