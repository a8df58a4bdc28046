// SPDX-License-Identifier: Apache-2.0
// What is signed: an instance id of the ConfigMap, keys and tokens as answers gave them, a host by flag. Lines of the
// input are the parts; whatever they hold, one request goes out, and what is signed is what is sent.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/alibaba/endpoints.hpp"
#include "common/alibaba/sign_v3.hpp"
#include "common/http/wire.hpp"

namespace {

using namespace acr::alibaba;

constexpr std::size_t kParts = 9;
/// Its first letter is no digit of percent-encoding, which would make it out of parts of it.
constexpr std::string_view kSecret = "zFuzz0Secret0Of0The0Access0Key";

std::array<std::string, kParts> split(std::string_view input) {
  std::array<std::string, kParts> parts;
  for (auto& part : parts) {
    const auto end = input.find('\n');
    part = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  }
  parts.back().append(input);
  return parts;
}

void require(bool holds) {
  if (!holds) std::abort();
}

/// Percent-encoding read back.
std::string decode(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return plain;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto [host, action, key, value, access_key_id, token, nonce, content_type, body] = split(input);
  (void)account_of_arn(value);
  if (const auto good = parse_endpoint_host(host)) require(parse_endpoint_host(*good) == *good);
  const OpenApiCall call{.host = host,
                         .query = {{key, value}, {"InstanceId", value}},
                         .body = body,
                         .content_type = content_type,
                         .action = action,
                         .version = "2018-12-01"};
  const RamCredentials credentials{.access_key_id = access_key_id,
                                   .access_key_secret = acr::Secret(std::string(kSecret)),
                                   .security_token = acr::Secret(std::string(token)),
                                   .expires = {},
                                   .source = {}};
  const auto request = sign_v3(call, credentials, acr::WallTime{}, nonce);

  const auto query = std::string_view(request.target).substr(2);
  require(query == build_canonical_query(call.query));
  for (const char c : query) require(c > ' ' && c < 0x7f && c != '#' && c != '?');
  const auto id = query.substr(query.find("InstanceId=") + std::string_view("InstanceId=").size());
  if (key != "InstanceId") require(decode(id.substr(0, id.find('&'))) == value);

  const auto bytes = acr::http::request_bytes({.host = "h"}, request, "fuzz");
  if (!bytes) return 0;  // a control character in a header: refused as a whole
  const auto head = std::string_view(*bytes).substr(0, bytes->find("\r\n\r\n"));
  // No part has made a line of its own, and the secret is not on the wire.
  require(count(head, "\r\n") == request.headers.size() + 2);
  require(count(head, kSecret) <= 2 * count(input, kSecret));
  require(bytes->ends_with(body));
  return 0;
}
