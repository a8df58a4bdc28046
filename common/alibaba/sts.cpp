// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/sts.hpp"

#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::alibaba {
namespace {

constexpr const char* kVersion = "2015-04-01";

/// The parsed answer of a success; the Error otherwise.
Result<JsonDocument> read_success(const http::Response& response, const CallContext& context) {
  if (auto failure = find_failure(response, context)) return fail(std::move(*failure));
  return parse_json(response.body);
}

std::map<std::string, std::string> role_parameters(const RoleRequest& role) {
  return {{"RoleArn", role.role_arn},
          {"RoleSessionName", role.session_name},
          {"DurationSeconds", std::to_string(role.duration.count())}};
}

}  // namespace

OpenApiCall build_assume_role_request(const RoleRequest& role) {
  return {.query = role_parameters(role), .action = "AssumeRole", .version = kVersion};
}

Result<RamCredentials> parse_assume_role_response(const http::Response& response, const RoleRequest& role,
                                                  const CallContext& context) {
  const auto document = read_success(response, context);
  if (!document) return fail(document.error());
  const auto request_id = string_at(*document, "RequestId");
  const auto field = [&](const char* name) { return std::string(string_at(*document, "Credentials", name)); };
  RamCredentials credentials{.access_key_id = field("AccessKeyId"),
                             .access_key_secret = Secret(field("AccessKeySecret")),
                             .security_token = Secret(field("SecurityToken")),
                             .expires = {},
                             .source = "role " + role.role_arn};
  if (credentials.access_key_id.empty() || credentials.access_key_secret.empty() ||
      credentials.security_token.empty()) {
    return fail(incomplete_answer(context, "lacks a part of Credentials", request_id));
  }
  const auto expires = parse_rfc3339(field("Expiration"));
  if (!expires) return fail(incomplete_answer(context, "lacks a readable Expiration", request_id));
  credentials.expires = *expires;
  return credentials;
}

async::awaitable<Result<RamCredentials>> fetch_assumed_role(OpenApi& openapi, std::string region_id, RoleRequest role,
                                                            RamCredentials caller, async::Deadline deadline) {
  const CallContext context{.api = "AssumeRole", .region_id = region_id};
  const auto response =
      co_await openapi.call({Product::Sts, region_id}, build_assume_role_request(role), std::move(caller), deadline);
  if (!response) co_return fail(response.error());
  co_return parse_assume_role_response(*response, role, context);
}

http::Request build_assume_role_with_oidc_request(const RoleRequest& role, const std::string& oidc_provider_arn,
                                                  const Secret& oidc_token, const std::string& host, WallTime now) {
  const auto query = build_canonical_query({{"Action", "AssumeRoleWithOIDC"},
                                            {"Format", "JSON"},
                                            {"Timestamp", format_rfc3339(now)},
                                            {"Version", kVersion}});
  auto parameters = role_parameters(role);
  parameters["OIDCProviderArn"] = oidc_provider_arn;
  parameters["OIDCToken"] = trim(oidc_token.reveal());
  return {.method = "POST",
          .target = "/?" + query,
          .headers = {{"host", host},
                      {"accept", "application/json"},
                      {"content-type", "application/x-www-form-urlencoded"}},
          .body = build_canonical_query(parameters)};
}

async::awaitable<Result<RamCredentials>> fetch_assumed_role_with_oidc(OpenApi& openapi, std::string region_id,
                                                                      RoleRequest role, std::string oidc_provider_arn,
                                                                      Secret oidc_token, async::Deadline deadline) {
  const CallContext context{.api = "AssumeRoleWithOIDC", .region_id = region_id};
  const OpenApi::Build build = [role, oidc_provider_arn, oidc_token](const std::string& host, WallTime now) {
    return build_assume_role_with_oidc_request(role, oidc_provider_arn, oidc_token, host, now);
  };
  const auto response =
      co_await openapi.send({.product = Product::Sts, .region_id = region_id, .account = account_of_arn(role.role_arn)},
                            context.api, build, deadline);
  if (!response) co_return fail(response.error());
  co_return parse_assume_role_response(*response, role, context);
}

OpenApiCall build_get_caller_identity_request() {
  return {.action = "GetCallerIdentity", .version = kVersion};
}

Result<CallerIdentity> parse_get_caller_identity_response(const http::Response& response, const CallContext& context) {
  const auto document = read_success(response, context);
  if (!document) return fail(document.error());
  CallerIdentity identity{.account_id = std::string(string_at(*document, "AccountId")),
                          .arn = std::string(string_at(*document, "Arn")),
                          .identity_type = std::string(string_at(*document, "IdentityType"))};
  if (identity.arn.empty()) return fail(incomplete_answer(context, "lacks Arn", string_at(*document, "RequestId")));
  return identity;
}

async::awaitable<Result<CallerIdentity>> fetch_caller_identity(OpenApi& openapi, std::string region_id,
                                                               RamCredentials caller, async::Deadline deadline) {
  const CallContext context{.api = "GetCallerIdentity", .region_id = region_id};
  const auto response = co_await openapi.call({Product::Sts, region_id}, build_get_caller_identity_request(),
                                              std::move(caller), deadline);
  if (!response) co_return fail(response.error());
  co_return parse_get_caller_identity_response(*response, context);
}

}  // namespace acr::alibaba
