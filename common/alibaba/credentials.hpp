// SPDX-License-Identifier: Apache-2.0
// The identity with which cloud calls are signed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/secret.hpp"
#include "common/base/time.hpp"

namespace acr::alibaba {

/// An access key, or temporary credentials if there is a security token.
struct RamCredentials {
  std::string access_key_id;
  Secret access_key_secret;
  Secret security_token;            ///< empty for a long-term access key
  std::optional<WallTime> expires;  ///< nullopt for a long-term access key
  std::string source;               ///< for people: "access key LTAI***", "worker role KubernetesWorkerRole-x"
  std::string account = {};         ///< whose quota calls with it burden; see CallBudgets
};

/// The same key, secret and token, whatever is known about them?
bool is_same_key(const RamCredentials& a, const RamCredentials& b);

/// The account id in "acs:ram::<id>:role/<name>"; the whole text if it is no such name.
std::string account_of_arn(std::string_view arn);

/// "***" and the last four characters, by which the console's list shows which key it was.
std::string mask_but_last_four(std::string_view access_key_id);

/// The first four characters and "***": enough to recognise a key, not enough to use it.
std::string mask_access_key_id(std::string_view access_key_id);

}  // namespace acr::alibaba
