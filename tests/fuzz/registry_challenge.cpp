// SPDX-License-Identifier: Apache-2.0
// The challenge of a registry and the answer of its token service. The first line of the input is the header, the rest
// is the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/alibaba/registry_access.hpp"
#include "common/http/wire.hpp"

namespace {

using namespace acr;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Whatever a challenge says: a login is only ever written for a host of the cloud, as one well-formed request.
void check_token_request(const alibaba::RegistryChallenge& challenge) {
  const auto call = alibaba::build_bearer_token_request(challenge, "user", Secret("password"));
  require(call.has_value() == alibaba::parse_realm(challenge.realm).has_value());
  if (!call) return;
  require(call->origin.scheme == "https" && call->origin.port == 443 && call->origin.host.ends_with(".aliyuncs.com"));
  require(call->origin.host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos);
  const auto bytes = http::request_bytes(call->origin, call->request, "fuzz");
  require(bytes.has_value() && bytes->find("\r\n\r\n") == bytes->size() - 4);
}

void check_challenge(std::string_view header) {
  const auto challenge = alibaba::parse_challenge(header);
  if (!challenge) return;
  require(!challenge->realm.empty() && !challenge->service.empty());
  require(challenge->realm.size() + challenge->service.size() + challenge->scope.size() <= header.size());
  require(challenge->instance_id.empty() || challenge->service.find(challenge->instance_id) != std::string::npos);
  check_token_request(*challenge);
}

void check_token(std::string_view body) {
  for (const unsigned status : {200U, 401U, 403U, 500U}) {
    const http::Response response{.status = status, .headers = {}, .body = std::string(body)};
    const auto token = alibaba::parse_bearer_token_response(response, "h");
    const auto entry = alibaba::parse_registry_entry_response(response, "h");
    require((!token || status == 200) && entry.has_value() == (status == 200));
    if (token) require(http::request_bytes({.host = "h"}, alibaba::build_registry_ping(*token), "fuzz").has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\n');
  const auto header = input.substr(0, end);
  check_challenge(header);
  const alibaba::RegistryChallenge as_realm{.realm = std::string(header), .service = std::string(header)};
  check_token_request(as_realm);
  check_token(end == std::string_view::npos ? std::string_view() : input.substr(end + 1));
  return 0;
}
