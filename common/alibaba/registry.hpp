// SPDX-License-Identifier: Apache-2.0
// Container Registry: the temporary login and the hosts of an instance. Enterprise Edition is version 2018-12-01 (RPC),
// Personal Edition 2016-06-07 (ROA).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/alibaba/openapi_client.hpp"

namespace acr::alibaba {

/// What the registry accepts as user and password. `expires` is nullopt where the cloud said 0: life unknown.
struct RegistryToken {
  std::string username;
  Secret password;
  std::optional<WallTime> expires;
  std::string request_id;
};

OpenApiCall build_get_authorization_token_request(const std::string& instance_id);
Result<RegistryToken> parse_get_authorization_token_response(const http::Response& response,
                                                             const CallContext& context);

/// GET /tokens.
OpenApiCall build_personal_token_request();
Result<RegistryToken> parse_personal_token_response(const http::Response& response, const CallContext& context);

/// `instance_id` empty = Personal Edition.
async::awaitable<Result<RegistryToken>> fetch_registry_token(OpenApi& openapi, std::string region_id,
                                                             std::string instance_id, RamCredentials caller,
                                                             async::Deadline deadline);

OpenApiCall build_list_instance_endpoint_request(const std::string& instance_id);
/// The domains, SYSTEM and USER, of all enabled endpoints: lower case, each once, in order. May be empty.
Result<std::vector<std::string>> parse_list_instance_endpoint_response(const http::Response& response,
                                                                       const CallContext& context);
async::awaitable<Result<std::vector<std::string>>> fetch_instance_hosts(OpenApi& openapi, std::string region_id,
                                                                        std::string instance_id, RamCredentials caller,
                                                                        async::Deadline deadline);

}  // namespace acr::alibaba
