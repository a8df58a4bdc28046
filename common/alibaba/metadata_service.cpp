// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/metadata.hpp"

namespace acr::alibaba {
namespace {

constexpr std::chrono::seconds kTokenLife{21600};
constexpr std::size_t kMaxBody = 64 * 1024;
/// One request; the service is a neighbour on the same machine.
constexpr std::chrono::seconds kAttemptLimit{3};

http::Limits limits_of(async::Deadline deadline) {
  return {.deadline = std::min(deadline, async::deadline_in(kAttemptLimit)), .max_body = kMaxBody};
}

Error unreachable(const http::Origin& origin, const Error& why) {
  return with_advice(with_context(why, "cannot reach the metadata service at " + origin.host),
                     "open the way there for pods (network policy, firewall on the node), or choose another source by "
                     "--token-mode");
}

}  // namespace

async::awaitable<Result<Secret>> MetadataService::session_token(async::Deadline deadline) {
  if (token_ && async::deadline_in({}) < token_ends_) co_return *token_;
  const auto response = co_await client_.fetch(origin_, build_metadata_token_request(kTokenLife), limits_of(deadline));
  if (!response) co_return fail(unreachable(origin_, response.error()));
  const auto token = parse_metadata_token_response(*response);
  if (!token) co_return fail(token.error());
  token_ = token->value_or(Secret());
  token_ends_ = async::deadline_in(kTokenLife * 4 / 5);
  co_return *token_;
}

async::awaitable<Result<http::Response>> MetadataService::get(std::function<http::Request(const Secret&)> build,
                                                              async::Deadline deadline) {
  for (bool renewed = false;; renewed = true) {
    const auto token = co_await session_token(deadline);
    if (!token) co_return fail(token.error());
    auto response = co_await client_.fetch(origin_, build(*token), limits_of(deadline));
    if (!response) co_return fail(unreachable(origin_, response.error()));
    const bool refused = response->status == 401 || response->status == 403;
    if (!refused || renewed) co_return response;
    token_.reset();
  }
}

async::awaitable<Result<std::string>> MetadataService::fetch_region(async::Deadline deadline) {
  const auto response = co_await get(build_region_request, deadline);
  if (!response) co_return fail(response.error());
  co_return parse_region_response(*response);
}

async::awaitable<Result<RamCredentials>> MetadataService::fetch_role_credentials(async::Deadline deadline) {
  const auto named = co_await get(build_role_name_request, deadline);
  if (!named) co_return fail(named.error());
  const auto role = parse_role_name_response(*named);
  if (!role) co_return fail(role.error());
  const auto response = co_await get(
      [name = *role](const Secret& token) { return build_role_credentials_request(name, token); }, deadline);
  if (!response) co_return fail(response.error());
  co_return parse_role_credentials_response(*response, *role);
}

}  // namespace acr::alibaba
