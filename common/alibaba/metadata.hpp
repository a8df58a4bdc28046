// SPDX-License-Identifier: Apache-2.0
// The ECS metadata service: region, RAM role of the node and that role's credentials. Plain HTTP, never through a
// proxy. Version 2 (a session token first) is tried first, version 1 where version 2 is refused.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/alibaba/credentials.hpp"
#include "common/http/client.hpp"

namespace acr::alibaba {

inline constexpr std::string_view kMetadataEndpoint = "http://100.100.100.200";

/// "http://host[:port]" or "host[:port]" as an origin; anything else is an Error (Invalid).
Result<http::Origin> parse_metadata_endpoint(std::string_view text);

http::Request build_metadata_token_request(std::chrono::seconds ttl);
/// The session token; nullopt where version 2 does not exist or is refused (403, 404, 405): go on without one.
Result<std::optional<Secret>> parse_metadata_token_response(const http::Response& response);

/// `token` empty = version 1.
http::Request build_role_name_request(const Secret& token);
/// NotFound if the node has no role. An answer that is no role name (a page of mark-up) is a Protocol error.
Result<std::string> parse_role_name_response(const http::Response& response);

http::Request build_role_credentials_request(const std::string& role, const Secret& token);
Result<RamCredentials> parse_role_credentials_response(const http::Response& response, const std::string& role);

http::Request build_region_request(const Secret& token);
Result<std::string> parse_region_response(const http::Response& response);

/// Keeps the session token between calls and renews it before it ends, or once after a 401 or 403.
class MetadataService {
 public:
  /// `client` must outlive it.
  MetadataService(http::Client& client, http::Origin origin) : client_(client), origin_(std::move(origin)) {}

  async::awaitable<Result<std::string>> fetch_region(async::Deadline deadline);
  async::awaitable<Result<RamCredentials>> fetch_role_credentials(async::Deadline deadline);

 private:
  async::awaitable<Result<Secret>> session_token(async::Deadline deadline);
  /// Sends what `build` makes for the session token; renews that token once if it was refused.
  async::awaitable<Result<http::Response>> get(std::function<http::Request(const Secret&)> build,
                                               async::Deadline deadline);

  http::Client& client_;
  http::Origin origin_;
  std::optional<Secret> token_;  ///< an empty Secret = version 2 was refused
  async::Deadline token_ends_{};
};

}  // namespace acr::alibaba
