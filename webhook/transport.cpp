// SPDX-License-Identifier: Apache-2.0
#include "webhook/transport.hpp"

#include <algorithm>

#include "common/base/duration.hpp"
#include "common/base/text.hpp"
#include "webhook/review.hpp"

namespace acr::webhook {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDefaultTimeout{10'000};
constexpr milliseconds kWayBack{500};

http::Response refusal(unsigned status, std::string text) {
  return {.status = status, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = std::move(text) + "\n"};
}

/// "application/json", parameters tolerated.
bool is_json(std::string_view content_type) {
  return equals_ignore_case(trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

std::string_view query_value(std::string_view target, std::string_view name) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.starts_with(name) && pair.size() > name.size() && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::optional<http::Response> refuse_transport(const http::Request& request) {
  const auto path = path_of(request.target);
  if (path != kMutatePath && path != kValidatePath) return refusal(404, "no such path");
  if (request.method != "POST") {
    auto response = refusal(405, "only POST");
    response.headers.set("Allow", "POST");
    return response;
  }
  if (!is_json(request.headers.get("Content-Type"))) return refusal(415, "Content-Type must be application/json");
  if (request.body.size() > kMaxReviewBytes) return refusal(413, "body too large");
  if (request.body.empty()) return refusal(400, "body is empty");
  return std::nullopt;
}

milliseconds work_budget(std::string_view target, milliseconds cap) {
  const auto given = parse_duration(query_value(target, "timeout"));
  const auto timeout = given && given->count() > 0 ? *given : kDefaultTimeout;
  return std::clamp(timeout - kWayBack, milliseconds{0}, cap);
}

http::Response overloaded_response() {
  auto response = refusal(503, "overloaded");
  response.headers.set("Retry-After", "1");  // 0 would bring ten retries at once
  response.headers.set("Connection", "close");
  return response;
}

http::Response json_response(std::string body) {
  return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

}  // namespace acr::webhook
