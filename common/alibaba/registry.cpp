// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/registry.hpp"

#include <algorithm>

#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::alibaba {
namespace {

constexpr const char* kEnterpriseVersion = "2018-12-01";
constexpr const char* kPersonalVersion = "2016-06-07";
/// Milliseconds were over this already in 1973, seconds will not be before the year 5138.
constexpr long long kLeastMilliseconds = 100'000'000'000;
constexpr std::size_t kMaxHosts = 1000;

Result<JsonDocument> read_success(const http::Response& response, const CallContext& context) {
  if (auto failure = find_failure(response, context)) return fail(std::move(*failure));
  return parse_json(response.body);
}

/// The API's documentation says milliseconds; seconds are recognised by their size, 0 means unknown.
Result<std::optional<WallTime>> read_expiry(long long value) {
  if (value == 0) return std::optional<WallTime>();
  const auto time = wall_time_from_unix_ms(value < kLeastMilliseconds ? value * 1000 : value);
  if (!time) return fail(time.error());
  return std::optional<WallTime>(*time);
}

struct TokenFields {
  std::string_view username, password, expires;
};

Result<RegistryToken> read_token(const JsonValue& object, const TokenFields& fields, const CallContext& context,
                                 std::string_view request_id) {
  RegistryToken token{.username = std::string(string_at(object, fields.username)),
                      .password = Secret(std::string(string_at(object, fields.password))),
                      .expires = {},
                      .request_id = std::string(request_id)};
  if (token.username.empty() || token.password.empty()) {
    return fail(incomplete_answer(context, "lacks the temporary user or password", request_id));
  }
  const auto value = integer_at(object, fields.expires);
  const auto expires = value && *value >= 0 ? read_expiry(*value) : fail(ErrorKind::Protocol, "no time");
  if (!expires) return fail(incomplete_answer(context, "lacks a readable expiry time", request_id));
  token.expires = *expires;
  return token;
}

}  // namespace

OpenApiCall build_get_authorization_token_request(const std::string& instance_id) {
  return {.query = {{"InstanceId", instance_id}}, .action = "GetAuthorizationToken", .version = kEnterpriseVersion};
}

Result<RegistryToken> parse_get_authorization_token_response(const http::Response& response,
                                                             const CallContext& context) {
  const auto document = read_success(response, context);
  if (!document) return fail(document.error());
  return read_token(*document, {"TempUsername", "AuthorizationToken", "ExpireTime"}, context,
                    string_at(*document, "RequestId"));
}

OpenApiCall build_personal_token_request() {
  return {.method = "GET", .path = "/tokens", .action = "GetAuthorizationToken", .version = kPersonalVersion};
}

Result<RegistryToken> parse_personal_token_response(const http::Response& response, const CallContext& context) {
  const auto document = read_success(response, context);
  if (!document) return fail(document.error());
  const auto request_id = string_at(*document, "requestId");
  const auto* data = find_member(*document, "data");
  if (data == nullptr) return fail(incomplete_answer(context, "lacks data", request_id));
  return read_token(*data, {"tempUserName", "authorizationToken", "expireDate"}, context, request_id);
}

async::awaitable<Result<RegistryToken>> fetch_registry_token(OpenApi& openapi, std::string region_id,
                                                             std::string instance_id, RamCredentials caller,
                                                             async::Deadline deadline) {
  const bool personal = instance_id.empty();
  const CallContext context{.api = "GetAuthorizationToken",
                            .instance_id = personal ? "Personal Edition" : instance_id,
                            .region_id = region_id};
  auto call = personal ? build_personal_token_request() : build_get_authorization_token_request(instance_id);
  const auto response = co_await openapi.call({Product::ContainerRegistry, region_id, context.instance_id},
                                              std::move(call), std::move(caller), deadline);
  if (!response) co_return fail(response.error());
  co_return personal ? parse_personal_token_response(*response, context)
                     : parse_get_authorization_token_response(*response, context);
}

OpenApiCall build_list_instance_endpoint_request(const std::string& instance_id) {
  return {.query = {{"InstanceId", instance_id}, {"ModuleName", "Registry"}},
          .action = "ListInstanceEndpoint",
          .version = kEnterpriseVersion};
}

Result<std::vector<std::string>> parse_list_instance_endpoint_response(const http::Response& response,
                                                                       const CallContext& context) {
  const auto document = read_success(response, context);
  if (!document) return fail(document.error());
  std::vector<std::string> hosts;
  const auto* endpoints = find_member(*document, "Endpoints");
  if (endpoints == nullptr || !endpoints->IsArray()) return hosts;
  for (const auto& endpoint : endpoints->GetArray()) {
    const auto* domains = find_member(endpoint, "Domains");
    if (!bool_at(endpoint, "Enable").value_or(true) || domains == nullptr || !domains->IsArray()) continue;
    for (const auto& domain : domains->GetArray()) {
      auto host = to_lower(trim(string_at(domain, "Domain")));
      const bool known = std::ranges::find(hosts, host) != hosts.end();
      if (is_dns_subdomain(host) && !known && hosts.size() < kMaxHosts) hosts.push_back(std::move(host));
    }
  }
  return hosts;
}

async::awaitable<Result<std::vector<std::string>>> fetch_instance_hosts(OpenApi& openapi, std::string region_id,
                                                                        std::string instance_id, RamCredentials caller,
                                                                        async::Deadline deadline) {
  const CallContext context{.api = "ListInstanceEndpoint", .instance_id = instance_id, .region_id = region_id};
  const auto response =
      co_await openapi.call({Product::ContainerRegistry, region_id, instance_id},
                            build_list_instance_endpoint_request(instance_id), std::move(caller), deadline);
  if (!response) co_return fail(response.error());
  co_return parse_list_instance_endpoint_response(*response, context);
}

}  // namespace acr::alibaba
