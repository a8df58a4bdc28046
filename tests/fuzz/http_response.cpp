// SPDX-License-Identifier: Apache-2.0
// What a cloud, a registry or a proxy may answer, cut into pieces anywhere: the cuts make no difference. The first byte
// sets their size.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/http/reader.hpp"

namespace {

using namespace acr::http;

constexpr MessageLimits kLimits{.header = 2048, .body = 4096};

std::string outcome(std::string_view bytes, std::size_t piece) {
  ResponseReader reader(kLimits);
  std::string body;
  for (std::size_t at = 0; at < bytes.size() && !reader.done(); at += piece) {
    if (!reader.feed(bytes.substr(at, piece))) return "refused";
    body += reader.take_body();
    if (body.size() > *kLimits.body) std::abort();
  }
  if (!reader.done() && !reader.feed_end()) return "unfinished";
  std::string words = std::to_string(reader.status()) + (reader.keeps_alive() ? " open\n" : " close\n");
  for (const auto& [name, value] : reader.headers()) words += name + ": " + value + "\n";
  return words += body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = data[0] % 64U + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = outcome(bytes, bytes.size());
  const auto pieces = outcome(bytes, piece);
  // In pieces a fault behind the end of what was asked for is not looked at.
  if (whole != pieces && whole != "refused" && pieces != "refused") std::abort();
  return 0;
}
