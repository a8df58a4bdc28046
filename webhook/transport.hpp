// SPDX-License-Identifier: Apache-2.0
// The HTTP around a review: which requests are heard at all, and how long the API server will wait. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "common/http/message.hpp"

namespace acr::webhook {

inline constexpr std::string_view kMutatePath = "/mutate-v1-serviceaccount";
inline constexpr std::string_view kValidatePath = "/validate-acr-configuration";

/// The target without its query.
std::string_view path_of(std::string_view target);

/// The answer to a request that is no review by its looks (SEC-8): 404, 405, 415, 413 or 400; nullopt = read the body.
std::optional<http::Response> refuse_transport(const http::Request& request);

/// How long the work on a request may take: ?timeout= minus half a second for the way, at most `cap` (ADM-3). A missing
/// or unreadable timeout counts as the API server's default of 10 s.
std::chrono::milliseconds work_budget(std::string_view target, std::chrono::milliseconds cap);

/// 503 that makes the API server ask again, usually another replica (ADM-10).
http::Response overloaded_response();

http::Response json_response(std::string body);

}  // namespace acr::webhook
