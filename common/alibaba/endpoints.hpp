// SPDX-License-Identifier: Apache-2.0
// Which host serves which product in which region. Pure; the table is generated from endpoints.json by
// scripts/generate-endpoints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

/// The hosts to try in order: VPC then public in the own region, else public first; STS ends with the global
/// sts.aliyuncs.com. Never empty for a non-empty region.
std::vector<std::string> order_hosts(Product product, std::string_view region_id, std::string_view own_region_id);

/// Is this a region of the table?
bool is_known_region(std::string_view region_id);

/// The hosts of Personal Edition in a region: registry, registry-vpc and registry-internal.
std::vector<std::string> build_personal_hosts(std::string_view region_id);

}  // namespace acr::alibaba
