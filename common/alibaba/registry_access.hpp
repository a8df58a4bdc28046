// SPDX-License-Identifier: Apache-2.0
// The way into a registry as container runtimes go it: ask, be challenged, get a bearer token for the login, ask again.
#pragma once

#include <string>

#include "common/alibaba/registry_challenge.hpp"
#include "common/async/awaitable.hpp"
#include "common/base/secret.hpp"
#include "common/http/client.hpp"

namespace acr::alibaba {

/// GET /v2/, the request that a registry answers to whoever is logged in. `bearer_token` empty = not logged in.
http::Request build_registry_ping(const Secret& bearer_token = {});

/// What a registry host says to a ping without a token; `host` for words. Error (Protocol) if it answers 401 without a
/// challenge, or lets one in without a login; else what find_failure() makes of it.
Result<RegistryChallenge> parse_registry_ping_response(const http::Response& response, const std::string& host);

/// What it says to one with a token: a value for 200, Error (Unauthenticated or Denied) for 401 and 403.
Result<void> parse_registry_entry_response(const http::Response& response, const std::string& host);

struct BearerTokenRequest {
  http::Origin origin;
  http::Request request;
};

/// Asks the realm of `challenge` for a token with the login. Never for the scope that it names: the token is shown to
/// the host that asked, and a stranger's must open nothing. Error as of parse_realm(): there is no way to build one for
/// a stranger.
Result<BearerTokenRequest> build_bearer_token_request(const RegistryChallenge& challenge, const std::string& username,
                                                      const Secret& password);

/// The token, at most 16 KiB of visible ASCII. Error (Unauthenticated or Denied) for 401 and 403: the login is refused.
Result<Secret> parse_bearer_token_response(const http::Response& response, const std::string& host);

/// One ping; the Error is the way there, never an answer. `client` must outlive the task, here and below.
async::awaitable<Result<http::Response>> fetch_registry_ping(http::Client& client, http::Origin registry,
                                                             Secret bearer_token, async::Deadline deadline);

async::awaitable<Result<Secret>> fetch_bearer_token(http::Client& client, RegistryChallenge challenge,
                                                    std::string username, Secret password, async::Deadline deadline);

}  // namespace acr::alibaba
