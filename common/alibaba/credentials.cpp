// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/credentials.hpp"

namespace acr::alibaba {

bool is_same_key(const RamCredentials& a, const RamCredentials& b) {
  return a.access_key_id == b.access_key_id && a.access_key_secret == b.access_key_secret &&
         a.security_token == b.security_token;
}

std::string account_of_arn(std::string_view arn) {
  constexpr std::string_view kPrefix = "acs:ram::";
  const auto end = arn.find(':', kPrefix.size());
  if (!arn.starts_with(kPrefix) || end == std::string_view::npos) return std::string(arn);
  return std::string(arn.substr(kPrefix.size(), end - kPrefix.size()));
}

std::string mask_but_last_four(std::string_view access_key_id) {
  constexpr std::size_t kShown = 4;
  // Of a short text four characters would be most of it.
  if (access_key_id.size() < 3 * kShown) return access_key_id.empty() ? "" : "***";
  return "***" + std::string(access_key_id.substr(access_key_id.size() - kShown));
}

std::string mask_access_key_id(std::string_view access_key_id) {
  return std::string(access_key_id.substr(0, 4)) + "***";
}

}  // namespace acr::alibaba
