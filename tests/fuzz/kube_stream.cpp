// SPDX-License-Identifier: Apache-2.0
// Watch streams and lists, cut into chunks anywhere (LW-10): the cuts make no difference. The first byte sets their
// size.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/kube/json_splitter.hpp"

namespace {

using namespace acr::kube;

/// What was read, with a mark at the end if reading ended with an error.
using Read = std::vector<std::string>;

Read read_stream(std::string_view text, std::size_t chunk) {
  Read read;
  JsonSplitter splitter(4096);
  for (std::size_t at = 0; at < text.size(); at += chunk) {
    splitter.feed(text.substr(at, chunk));
    for (;;) {
      auto object = splitter.next();
      if (!object) return read.push_back("error"), read;
      if (!*object) break;
      read.push_back(std::move(**object));
    }
  }
  return read;
}

Read read_list(std::string_view text, std::size_t chunk) {
  Read read;
  ListSplitter splitter(4096);
  const auto keep = [&read](std::string_view item) -> acr::Result<void> {
    read.emplace_back(item);
    return {};
  };
  for (std::size_t at = 0; at < text.size(); at += chunk) {
    if (!splitter.feed(text.substr(at, chunk), keep)) return read.push_back("error"), read;
  }
  const auto meta = splitter.finish();
  read.push_back(meta ? meta->resource_version : "error");
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t chunk = data[0] % 64U + 1;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (read_stream(text, chunk) != read_stream(text, text.size())) std::abort();
  if (read_list(text, chunk) != read_list(text, text.size())) std::abort();
  return 0;
}
