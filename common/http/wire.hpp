// SPDX-License-Identifier: Apache-2.0
// Requests and responses as bytes. Pure; what would smuggle a second message into the first is refused.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/http/message.hpp"

namespace acr::http {

/// The whole request. Host, User-Agent and Content-Length are added if absent. A method, target or header field with a
/// character that may not stand there is an Error (Invalid).
Result<std::string> request_bytes(const Origin& origin, const Request& request, std::string_view user_agent);

/// RFC 9110 5.6.2: what a method and a field name may consist of.
bool is_token(std::string_view text);

/// What may stand between method and version: neither white space nor control characters.
bool is_target(std::string_view text);

enum class AfterResponse { KeepOpen, Close };
enum class BodyOnWire { Sent, Omitted };

/// The whole response with its own Content-Length and, for Close, `Connection: close`. Omitted: the answer to a HEAD.
std::string response_bytes(const Response& response, AfterResponse after, BodyOnWire body = BodyOnWire::Sent);

}  // namespace acr::http
