// SPDX-License-Identifier: Apache-2.0
// The API server's refusals as Errors. Pure.
#pragma once

#include <string_view>

#include "common/base/error.hpp"
#include "common/base/json.hpp"
#include "common/http/message.hpp"

namespace acr::kube {

/// Codes that are not a Status reason but the reason of one of its causes, which says more.
inline constexpr std::string_view kNamespaceTerminating = "NamespaceTerminating";        ///< LW-18
inline constexpr std::string_view kResourceVersionTooLarge = "ResourceVersionTooLarge";  ///< LW-3

/// The Error of an answer outside 200..299. `what` begins the message: "cannot patch serviceaccounts default/web".
/// The kind comes from the Status reason, else from the HTTP status: a body need not be a Status, nor JSON (LW-16).
/// `code` is the reason (or one of the codes above); `retry_after` is a whole-second Retry-After (LW-15).
Error parse_status_error(const http::Response& response, std::string_view what);

/// The Error of a Status object, as an ERROR event of a watch carries it (LW-1).
Error parse_status(const JsonValue& status, std::string_view what);

/// Does the admin's quota refuse the object (403 Forbidden "exceeded quota")?
bool is_quota_error(const Error& error);

}  // namespace acr::kube
