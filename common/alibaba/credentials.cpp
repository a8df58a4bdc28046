// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/credentials.hpp"

namespace acr::alibaba {

bool is_same_key(const RamCredentials& a, const RamCredentials& b) {
  return a.access_key_id == b.access_key_id && a.access_key_secret == b.access_key_secret &&
         a.security_token == b.security_token;
}

std::string mask_access_key_id(std::string_view access_key_id) {
  return std::string(access_key_id.substr(0, 4)) + "***";
}

}  // namespace acr::alibaba
