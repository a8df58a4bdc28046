// SPDX-License-Identifier: Apache-2.0
// From an answer of the cloud to an Error: what it means, what the caller may do, and words for the admin. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/http/message.hpp"

namespace acr::alibaba {

/// What helps after a failure.
enum class FailureClass {
  Retry,          ///< the same again after a pause
  Resign,         ///< once more at once with a new nonce and a corrected clock
  NewCredential,  ///< fetch the RAM credential anew, then once more
  UserMustAct,    ///< permission, configuration or a wrong key: probe slowly
};

/// Code decides, by prefix; status only where no Code is known (the same Code comes with different statuses).
FailureClass classify_failure(std::string_view code, unsigned status);

/// The class of an Error made here or by the HTTP client (no code: from its kind).
FailureClass class_of(const Error& error);

/// The one thing that the admin can do about an Error made here, by a source of credentials or by the HTTP client: its
/// own advice, else what helps against its kind. Never empty.
std::string advise(const Error& error);

/// Of what an error message speaks. Empty fields are left out.
struct CallContext {
  std::string api;  ///< "GetAuthorizationToken"
  std::string instance_id = {};
  std::string region_id = {};
  std::string host = {};
};

/// "cannot call GetAuthorizationToken for instance cri-x in cn-hangzhou (cr.cn-hangzhou.aliyuncs.com)".
std::string describe(const CallContext& context);

/// The Error of an answer that is no success: HTTP status not 2xx, IsSuccess false, HTML of a proxy, or nothing at all.
/// nullopt if the answer is a success: status 2xx, a JSON object, and no IsSuccess other than true.
/// The cloud's own text is quoted shortened and redacted, and never for signature errors: it may hold the string to
/// sign.
std::optional<Error> find_failure(const http::Response& response, const CallContext& context);

/// The pause the gateway asks for in x-acs-retry-after (milliseconds), at most 60 s.
std::optional<std::chrono::milliseconds> parse_retry_after(const http::Headers& headers);

/// `text` without anything that looks like a key, token or signature, printable, at most `limit` bytes.
std::string redact(std::string_view text, std::size_t limit = 200);

/// The Error for a success that lacks what it must contain; kind Protocol.
Error incomplete_answer(const CallContext& context, std::string_view what, std::string_view request_id = {});

}  // namespace acr::alibaba
