// SPDX-License-Identifier: Apache-2.0
// Security Token Service, version 2015-04-01: temporary credentials for a role, and who the caller is.
#pragma once

#include <chrono>
#include <string>

#include "common/alibaba/openapi_client.hpp"

namespace acr::alibaba {

/// A role to take on. Duration: 900 s up to the role's MaxSessionDuration; session name: 2 to 32 of [A-Za-z0-9.@_-].
struct RoleRequest {
  std::string role_arn;
  std::string session_name;
  std::chrono::seconds duration{3600};
};

OpenApiCall build_assume_role_request(const RoleRequest& role);
/// All four credential fields are required; RamCredentials::source becomes "role <arn>".
Result<RamCredentials> parse_assume_role_response(const http::Response& response, const RoleRequest& role,
                                                  const CallContext& context);
async::awaitable<Result<RamCredentials>> fetch_assumed_role(OpenApi& openapi, std::string region_id, RoleRequest role,
                                                            RamCredentials caller, async::Deadline deadline);

/// Unsigned. The token goes into the body, never into the URL: URLs end up in logs.
http::Request build_assume_role_with_oidc_request(const RoleRequest& role, const std::string& oidc_provider_arn,
                                                  const Secret& oidc_token, const std::string& host, WallTime now);
async::awaitable<Result<RamCredentials>> fetch_assumed_role_with_oidc(OpenApi& openapi, std::string region_id,
                                                                      RoleRequest role, std::string oidc_provider_arn,
                                                                      Secret oidc_token, async::Deadline deadline);

struct CallerIdentity {
  std::string account_id;
  std::string arn;
  std::string identity_type;
};

OpenApiCall build_get_caller_identity_request();
Result<CallerIdentity> parse_get_caller_identity_response(const http::Response& response, const CallContext& context);
async::awaitable<Result<CallerIdentity>> fetch_caller_identity(OpenApi& openapi, std::string region_id,
                                                               RamCredentials caller, async::Deadline deadline);

}  // namespace acr::alibaba
