// SPDX-License-Identifier: Apache-2.0
// What anybody may send to a port of ours, cut into pieces anywhere: the cuts make no difference to what is understood.
// The first byte sets their size.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/http/request_reader.hpp"
#include "common/http/wire.hpp"

namespace {

using namespace acr::http;

constexpr MessageLimits kLimits{.header = 2048, .body = 4096};

/// The request in words, or why there is none.
std::string outcome(std::string_view bytes, std::size_t piece) {
  RequestReader reader(kLimits);
  std::size_t at = 0;
  for (; at < bytes.size() && !reader.done(); at += piece) {
    // Whether a header is too large may show before a fault in it does, depending on the pieces.
    if (reader.feed(bytes.substr(at, piece))) return "refused";
  }
  if (!reader.done()) return "unfinished";
  const auto request = reader.take_request();
  if (request.body.size() > *kLimits.body || !is_token(request.method) || !is_target(request.target)) std::abort();
  std::string words = request.method + " " + request.target + (reader.keeps_alive() ? " open\n" : " close\n");
  for (const auto& [name, value] : request.headers) words += name + ": " + value + "\n";
  words += request.body + "\n";
  // What is left over is the beginning of the next request.
  words += reader.take_rest();
  return words += bytes.substr(std::min(at, bytes.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = data[0] % 64U + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (outcome(bytes, piece) != outcome(bytes, bytes.size())) std::abort();
  return 0;
}
