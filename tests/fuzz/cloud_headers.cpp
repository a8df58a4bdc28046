// SPDX-License-Identifier: Apache-2.0
// Headers of the cloud's answers: time, pause, request id, redirect. Lines of the input are the headers, the rest is
// the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/alibaba/errors.hpp"
#include "common/base/time.hpp"

namespace {

using namespace acr;

std::string_view take_line(std::string_view& input) {
  const auto end = input.find('\n');
  const auto line = input.substr(0, end);
  input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  return line;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check_date(std::string_view text) {
  const auto date = parse_http_date(text);
  if (!date) return;
  require(*date >= WallTime{});
  require(parse_rfc3339(format_rfc3339(*date)) == *date);
}

void check_failure(const http::Response& response) {
  const auto failure = alibaba::find_failure(response, {.api = "Fuzz", .instance_id = "cri-x", .host = "h"});
  if (!failure) return;
  // At most 64 and 100 characters, each of which may be told as "\x00".
  require(failure->message.size() <= 8192 && failure->request_id.size() <= 300 && failure->code.size() <= 512);
  for (const auto* text : {&failure->message, &failure->request_id, &failure->code}) {
    for (const char c : *text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
  require(!alibaba::advise(*failure).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace std::chrono_literals;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto date = take_line(input);
  http::Headers headers{{"date", std::string(date)}};
  for (const auto* name : {"x-acs-retry-after", "x-acs-request-id", "content-type", "location"})
    headers.add(name, std::string(take_line(input)));
  check_date(date);
  const auto pause = alibaba::parse_retry_after(headers);
  require(!pause || (*pause > 0ms && *pause <= 60s));
  for (const unsigned status : {200U, 302U, 400U, 403U, 503U})
    check_failure({.status = status, .headers = headers, .body = std::string(input)});
  return 0;
}
