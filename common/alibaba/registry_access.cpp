// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/registry_access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "common/alibaba/errors.hpp"
#include "common/alibaba/sign_v3.hpp"
#include "common/base/base64.hpp"
#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::alibaba {
namespace {

constexpr std::size_t kMaxBody = 64u * 1024;
constexpr std::size_t kMaxToken = 16u * 1024;
constexpr std::size_t kCodeLimit = 64;

CallContext describe_ping(const std::string& host) {
  return {.api = "GET /v2/", .host = host};
}
CallContext describe_token_call(const std::string& host) {
  return {.api = "the token service", .host = host};
}

/// The code of a registry's error body; empty if it is none.
std::string read_code(const http::Response& response) {
  const auto document = parse_json(response.body);
  const auto* errors = document ? find_member(*document, "errors") : nullptr;
  if (errors == nullptr || !errors->IsArray() || errors->Empty()) return {};
  return redact(string_at((*errors)[0], "code"), kCodeLimit);
}

/// 401 and 403, whatever the body is.
std::optional<Error> find_refusal(const http::Response& response, const CallContext& context) {
  if (response.status != 401 && response.status != 403) return std::nullopt;
  auto code = read_code(response);
  return Error{
      .kind = response.status == 401 ? ErrorKind::Unauthenticated : ErrorKind::Denied,
      .message = fmt::format("{}: {} (HTTP {})", describe(context), code.empty() ? "no code" : code, response.status),
      .code = std::move(code)};
}

Error find_other_failure(const http::Response& response, const CallContext& context) {
  if (auto failure = find_failure(response, context)) return std::move(*failure);
  return {.kind = ErrorKind::Protocol,
          .message = fmt::format("{}: HTTP {} is no answer to this", describe(context), response.status)};
}

/// Several fields of one name are one list (RFC 9110, 5.3).
std::string join_challenges(const http::Headers& headers) {
  std::string joined;
  for (const auto& [name, value] : headers) {
    if (equals_ignore_case(name, "www-authenticate")) joined.append(joined.empty() ? "" : ", ").append(value);
  }
  return joined;
}

bool is_bearer_token(std::string_view text) {
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7f; };
  return !text.empty() && text.size() <= kMaxToken && std::ranges::all_of(text, is_visible);
}

}  // namespace

http::Request build_registry_ping(const Secret& bearer_token) {
  http::Request request{.target = "/v2/", .headers = {{"accept", "application/json"}}};
  if (!bearer_token.empty()) {
    request.headers.set("authorization", "Bearer " + std::string(bearer_token.reveal()));
  }
  return request;
}

Result<RegistryChallenge> parse_registry_ping_response(const http::Response& response, const std::string& host) {
  const auto context = describe_ping(host);
  if (response.status == 200) {
    return fail(ErrorKind::Protocol, describe(context) + ": it asks for no login, as no registry of the cloud does");
  }
  if (response.status != 401) return fail(find_other_failure(response, context));
  auto challenge = parse_challenge(join_challenges(response.headers));
  if (!challenge) return fail(with_context(challenge.error(), describe(context)));
  return challenge;
}

Result<void> parse_registry_entry_response(const http::Response& response, const std::string& host) {
  if (response.status == 200) return {};
  const auto context = describe_ping(host);
  if (auto refusal = find_refusal(response, context)) return fail(std::move(*refusal));
  return fail(find_other_failure(response, context));
}

Result<BearerTokenRequest> build_bearer_token_request(const RegistryChallenge& challenge, const std::string& username,
                                                      const Secret& password) {
  auto realm = parse_realm(challenge.realm);
  if (!realm) return fail(realm.error());
  // The client_id is the one that the service is known to take. No offline_token: nothing here would use it again.
  const std::map<std::string, std::string> query{
      {"account", username}, {"client_id", "docker"}, {"service", challenge.service}};
  const Secret login(username + ":" + std::string(password.reveal()));
  return BearerTokenRequest{.origin = std::move(realm->origin),
                            .request = {.target = realm->target + '?' + build_canonical_query(query),
                                        .headers = {{"accept", "application/json"},
                                                    {"authorization", "Basic " + encode_base64(login.reveal())}}}};
}

Result<Secret> parse_bearer_token_response(const http::Response& response, const std::string& host) {
  const auto context = describe_token_call(host);
  if (auto refusal = find_refusal(response, context)) return fail(std::move(*refusal));
  if (response.status != 200) return fail(find_other_failure(response, context));
  const auto document = parse_json(response.body);
  if (!document) return fail(with_context(document.error(), describe(context)));
  for (const auto* name : {"access_token", "token"}) {
    const auto token = string_at(*document, name);
    if (is_bearer_token(token)) return Secret(std::string(token));
  }
  return fail(incomplete_answer(context, "lacks a usable token"));
}

async::awaitable<Result<http::Response>> fetch_registry_ping(http::Client& client, http::Origin registry,
                                                             Secret bearer_token, async::Deadline deadline) {
  co_return co_await client.fetch(std::move(registry), build_registry_ping(bearer_token),
                                  {.deadline = deadline, .max_body = kMaxBody});
}

async::awaitable<Result<Secret>> fetch_bearer_token(http::Client& client, RegistryChallenge challenge,
                                                    std::string username, Secret password, async::Deadline deadline) {
  auto call = build_bearer_token_request(challenge, username, password);
  if (!call) co_return fail(call.error());
  const auto host = call->origin.host;
  const auto response = co_await client.fetch(std::move(call->origin), std::move(call->request),
                                              {.deadline = deadline, .max_body = kMaxBody});
  if (!response) co_return fail(with_context(response.error(), describe(describe_token_call(host))));
  co_return parse_bearer_token_response(*response, host);
}

}  // namespace acr::alibaba
