// SPDX-License-Identifier: Apache-2.0
// Logins and moments for the tests of pull Secrets.
#pragma once

#include "common/base/time.hpp"
#include "common/credentials/registry_login.hpp"

namespace acr::pullsecret {

inline WallTime at(std::string_view text) {
  return parse_rfc3339(text).value();
}

inline const WallTime kNow = at("2026-03-01T12:00:00Z");
inline const WallTime kLater = at("2026-03-01T13:00:00Z");

inline credentials::RegistryLogin make_login(std::string id, std::vector<std::string> hosts,
                                             std::string password = "aaa:bbb:ccc", WallTime expires = kLater) {
  return {.instance_id = id,
          .region_id = "cn-hangzhou",
          .hosts = std::move(hosts),
          .username = "cr_temp_user",
          .password = Secret(std::move(password)),
          .issued = kNow,
          .expires = expires,
          .instance_key = id + "@cn-hangzhou"};
}

}  // namespace acr::pullsecret
