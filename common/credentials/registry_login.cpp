// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/registry_login.hpp"

namespace acr::credentials {

std::string build_instance_key(std::string_view instance_id, std::string_view region_id,
                               std::string_view discriminator) {
  std::string key(instance_id.empty() ? "personal" : instance_id);
  key.append("@").append(region_id);
  if (!discriminator.empty()) key.append("#").append(discriminator);
  return key;
}

}  // namespace acr::credentials
