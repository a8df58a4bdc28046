// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/alibaba/sign_v3.hpp"
#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::alibaba {
namespace {

constexpr const char* kRolePath = "/latest/meta-data/ram/security-credentials/";
constexpr const char* kRegionPath = "/latest/meta-data/region-id";
constexpr std::size_t kMaxTokenLength = 4096;

http::Request build_get(std::string path, const Secret& token) {
  http::Request request{.method = "GET", .target = std::move(path)};
  if (!token.empty()) request.headers.add("X-aliyun-ecs-metadata-token", std::string(token.reveal()));
  return request;
}

std::unexpected<Error> refuse(const http::Response& response, std::string_view what) {
  ErrorKind kind = ErrorKind::Unavailable;
  const auto why = fmt::format("the metadata service answered HTTP {}", response.status);
  if (response.status == 401 || response.status == 403) {
    return fail(with_advice(
        {.kind = ErrorKind::Denied, .message = fmt::format("cannot read {}: {}", what, why)},
        "check the metadata options of the node: it may demand session tokens that it does not give to this pod"));
  }
  if (response.status == 429) kind = ErrorKind::Throttled;
  if (response.status == 404) kind = ErrorKind::NotFound;
  return fail(kind, fmt::format("cannot read {}: {}", what, why));
}

bool is_word(std::string_view text, std::string_view also) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  });
}

}  // namespace

Result<http::Origin> parse_metadata_endpoint(std::string_view text) {
  const auto broken = [&] {
    return fail(ErrorKind::Invalid,
                fmt::format("cannot use \"{}\" as metadata endpoint: not http://HOST[:PORT]", printable(text)));
  };
  auto rest = trim(text);
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  http::Origin origin{.scheme = "http", .host = {}, .port = 80};
  auto host = rest;
  const auto colon = rest.rfind(':');
  const bool bracketed = rest.starts_with('[');
  if (colon != std::string_view::npos && !(bracketed && rest.ends_with(']'))) {
    const auto port = parse_unsigned(rest.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) return broken();
    origin.port = static_cast<std::uint16_t>(*port);
    host = rest.substr(0, colon);
  }
  if (bracketed) {
    if (!host.ends_with(']')) return broken();
    host = host.substr(1, host.size() - 2);
  }
  if (!is_word(host, bracketed ? ":." : ".-")) return broken();
  origin.host = host;
  return origin;
}

http::Request build_metadata_token_request(std::chrono::seconds ttl) {
  return {.method = "PUT",
          .target = "/latest/api/token",
          .headers = {{"X-aliyun-ecs-metadata-token-ttl-seconds", std::to_string(ttl.count())}}};
}

Result<std::optional<Secret>> parse_metadata_token_response(const http::Response& response) {
  if (response.status == 403 || response.status == 404 || response.status == 405) return std::optional<Secret>();
  if (response.status != 200) return refuse(response, "a session token");
  const auto token = trim(response.body);
  const bool good = !token.empty() && token.size() <= kMaxTokenLength &&
                    std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
  if (!good || token.starts_with('<')) {
    return fail(ErrorKind::Protocol, "cannot read a session token: the metadata service's answer is not one");
  }
  return std::optional<Secret>(Secret(std::string(token)));
}

http::Request build_role_name_request(const Secret& token) {
  return build_get(kRolePath, token);
}

Result<std::string> parse_role_name_response(const http::Response& response) {
  if (response.status == 404) {
    return fail(
        with_advice({.kind = ErrorKind::NotFound, .message = "cannot use the worker role: this node has no RAM role"},
                    "attach one to the node, or set an access key"));
  }
  if (response.status != 200) return refuse(response, "the name of the node's RAM role");
  // With several roles there is one a line; an ECS instance has at most one.
  const auto roles = split_list(response.body, '\n');
  if (roles.empty() || !is_word(roles.front(), "-_.@")) {
    return fail(ErrorKind::Protocol,
                "cannot read the name of the node's RAM role: the metadata service's answer is not a name");
  }
  return roles.front();
}

http::Request build_role_credentials_request(const std::string& role, const Secret& token) {
  return build_get(kRolePath + encode_percent(role), token);
}

Result<RamCredentials> parse_role_credentials_response(const http::Response& response, const std::string& role) {
  const auto what = fmt::format("the credentials of RAM role {}", printable(role));
  if (response.status != 200) return refuse(response, what);
  const auto broken = [&](std::string_view why) {
    return fail(ErrorKind::Protocol, fmt::format("cannot read {}: {}", what, why));
  };
  const auto document = parse_json(response.body);
  if (!document) return broken(document.error().message);
  const auto* code = find_member(*document, "Code");
  // A missing Code has been seen beside four good values; a Code that says something else is an error whatever the
  // status.
  if (code != nullptr && string_at(*document, "Code") != "Success") {
    return broken(fmt::format("the metadata service says Code \"{}\"", printable(string_at(*document, "Code"), 64)));
  }
  const auto field = [&](const char* name) { return std::string(string_at(*document, name)); };
  RamCredentials credentials{.access_key_id = field("AccessKeyId"),
                             .access_key_secret = Secret(field("AccessKeySecret")),
                             .security_token = Secret(field("SecurityToken")),
                             .expires = {},
                             .source = "worker role " + role};
  const auto expires = parse_rfc3339(field("Expiration"));
  if (credentials.access_key_id.empty() || credentials.access_key_secret.empty() ||
      credentials.security_token.empty() || !expires) {
    return broken("the answer lacks AccessKeyId, AccessKeySecret, SecurityToken or Expiration");
  }
  credentials.expires = *expires;
  return credentials;
}

http::Request build_region_request(const Secret& token) {
  return build_get(kRegionPath, token);
}

Result<std::string> parse_region_response(const http::Response& response) {
  if (response.status != 200) return refuse(response, "the region");
  const auto region = trim(response.body);
  if (!is_dns_label(region))
    return fail(ErrorKind::Protocol, "cannot read the region: the metadata service's answer is not a region id");
  return std::string(region);
}

}  // namespace acr::alibaba
