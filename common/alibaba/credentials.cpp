// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/credentials.hpp"

namespace acr::alibaba {

std::string mask_access_key_id(std::string_view access_key_id) {
  return std::string(access_key_id.substr(0, 4)) + "***";
}

}  // namespace acr::alibaba
