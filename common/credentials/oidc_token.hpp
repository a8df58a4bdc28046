// SPDX-License-Identifier: Apache-2.0
// The projected ServiceAccount token that is exchanged for a RAM role (RRSA). Pure; nothing here trusts it.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/base/secret.hpp"

namespace acr::credentials {

/// The token of a file's text, without white space around it. Error (Unavailable, since the next look may find it
/// whole): it is empty, longer than STS takes (20,000 characters), or not three parts with dots between.
Result<Secret> parse_oidc_token(std::string_view text);

/// For an error message: issuer, audience and subject that the token claims, or that they cannot be read. One line of
/// bounded length; holds nothing by which one could log in.
std::string describe_claims(std::string_view token);

}  // namespace acr::credentials
