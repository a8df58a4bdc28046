// SPDX-License-Identifier: Apache-2.0
// Answers of the cloud and of whatever stands in between: the first byte picks parser and status, the rest is the body.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/alibaba/metadata.hpp"
#include "common/alibaba/registry.hpp"
#include "common/alibaba/sts.hpp"

namespace {

using namespace acr::alibaba;

void parse(std::uint8_t choice, std::string_view body) {
  static constexpr std::array<unsigned, 4> kStatuses = {200, 400, 404, 503};
  const CallContext context{.api = "Fuzz", .instance_id = "cri-x", .region_id = "cn-hangzhou", .host = "h"};
  const acr::http::Response response{
      .status = kStatuses[(choice >> 4) % kStatuses.size()], .headers = {}, .body = std::string(body)};
  switch (choice & 7) {
    case 0:
      (void)parse_get_authorization_token_response(response, context);
      break;
    case 1:
      (void)parse_personal_token_response(response, context);
      break;
    case 2:
      (void)parse_list_instance_endpoint_response(response, context);
      break;
    case 3:
      (void)parse_assume_role_response(response, {.role_arn = "r", .session_name = "s"}, context);
      break;
    case 4:
      (void)parse_role_credentials_response(response, "role");
      break;
    case 5:
      (void)parse_role_name_response(response);
      break;
    case 6:
      (void)parse_metadata_token_response(response);
      break;
    default:
      (void)parse_region_response(response);
      break;
  }
  // An error text goes into logs and Events: one line, bounded, no control characters.
  if (const auto failure = find_failure(response, context)) {
    if (failure->message.size() > 8192 || failure->message.find('\n') != std::string::npos) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) parse(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
