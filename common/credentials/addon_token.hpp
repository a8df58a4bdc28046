// SPDX-License-Identifier: Apache-2.0
// The addon token: credentials of a role of ACK's own, encrypted in a file together with their key. Pure.
#pragma once

#include <string_view>

#include "common/alibaba/credentials.hpp"
#include "common/base/error.hpp"

namespace acr::credentials {

/// Reads a token file: JSON with the members access.key.id, access.key.secret, security.token (base64 of a vector of 16
/// bytes and AES-CBC blocks), keyring (the key itself) and expiration. Errors: Denied with the cloud's Code if the file
/// says that ACK could not assume the role; Protocol for anything that is not a token. No error quotes a part of it.
/// Does not judge whether the credentials have expired. The expiration is not protected against change: good enough to
/// plan by, the cloud decides.
Result<alibaba::RamCredentials> parse_addon_token(std::string_view text);

}  // namespace acr::credentials
