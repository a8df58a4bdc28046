// SPDX-License-Identifier: Apache-2.0
// A refusal of the API server, with anything as Retry-After and as body: the pause that it asks for is whole seconds,
// at most an hour, or none at all. The first line is the header, the rest the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/kube/status_error.hpp"

namespace {

using namespace acr;
using namespace std::chrono_literals;

void check(const std::optional<std::chrono::milliseconds>& pause) {
  if (pause && (*pause < 0ms || *pause > 1h || *pause % 1s != 0ms)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto header = text.substr(0, end);
  const auto body = end == std::string::npos ? std::string() : text.substr(end + 1);
  const http::Response refusal{.status = 429, .headers = {{"Retry-After", header}}, .body = body};
  const auto error = kube::parse_status_error(refusal, "cannot list");
  check(error.retry_after);
  if (error.message.size() > 600 || error.message.find('\n') != std::string::npos) std::abort();
  if (const auto status = parse_json(body)) check(kube::parse_status(*status, "the watch ended").retry_after);
  return 0;
}
