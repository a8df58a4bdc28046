// SPDX-License-Identifier: Apache-2.0
// No copy of a token stays in memory that was given back (SEC-9). A block of the same size, taken at once, is the same
// memory; with AddressSanitizer, which keeps blocks back, it is other memory, and nothing may be in that either.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include "common/base/json.hpp"
#include "common/base/secret.hpp"

namespace acr {
namespace {

constexpr char kMark = '\xA7';

#if defined(__has_feature)
constexpr bool kKeepsBlocksBack = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kKeepsBlocksBack = false;
#endif

/// Does a run of marks stand in one of many fresh blocks of this size? A single byte proves nothing: the heap's own
/// pointers stand in its blocks. volatile: what is read was never written here.
bool is_marked(std::size_t size, char mark = kMark) {
  constexpr std::size_t kRun = 8;
  std::array<void*, 64> blocks{};
  bool found = false;
  for (auto& block : blocks) {
    block = ::operator new(size);
    const auto* bytes = static_cast<const volatile char*>(block);
    std::size_t run = 0;
    for (std::size_t i = 0; i < size; ++i) {
      run = bytes[i] == mark ? run + 1 : 0;
      found = found || run == kRun;
    }
  }
  for (auto* block : blocks) ::operator delete(block);
  return found;
}

}  // namespace

TEST_CASE("no form of new gives a block smaller than it was asked for") {
  volatile std::size_t most = std::numeric_limits<std::size_t>::max();
  for (const std::size_t alignment : {32U, 64U, 4096U}) {
    const std::align_val_t aligned{alignment};
    for (const std::size_t less : {0U, 1U, 31U}) {
      const std::size_t size = most - less;
      CHECK(::operator new(size, aligned, std::nothrow) == nullptr);
      CHECK(::operator new[](size, aligned, std::nothrow) == nullptr);
      CHECK_THROWS_AS(::operator new(size, aligned), std::bad_alloc);
    }
    auto* block = ::operator new[](alignment - 1, aligned, std::nothrow);
    REQUIRE(block != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % alignment == 0);
    ::operator delete[](block, aligned, std::nothrow);
  }
}

TEST_CASE("a block that is given back is empty when it is taken again") {
  for (const std::size_t size : {24U, 200U, 1000U, 5000U, 300000U}) {
    INFO(size);
    auto* first = ::operator new(size);
    const auto place = reinterpret_cast<std::uintptr_t>(first);
    std::memset(first, kMark, size);
    ::operator delete(first);
    auto* second = ::operator new(size);
    if (!kKeepsBlocksBack && size < 100000) CHECK(reinterpret_cast<std::uintptr_t>(second) == place);
    ::operator delete(second);
    CHECK_FALSE(is_marked(size));
  }
}

TEST_CASE("a string that grows leaves nothing behind") {
  std::string text(300, kMark);
  text.reserve(text.capacity() + 1);
  text.append(5000, kMark);
  CHECK(text.size() == 5300);
  CHECK_FALSE(is_marked(301));
  CHECK_FALSE(is_marked(602));
}

TEST_CASE("Secrets that move about in a growing list leave nothing behind") {
  std::vector<Secret> secrets;
  for (int i = 0; i < 20; ++i) secrets.emplace_back(std::string(300, kMark));
  CHECK_FALSE(is_marked(301));
  secrets.clear();
  CHECK_FALSE(is_marked(301));
}

TEST_CASE("a parsed document and a written one leave nothing behind") {
  const std::string mark(400, 'Q');  // kMark alone is no UTF-8
  {
    const auto text = "{\"token\":\"" + mark + "\"}";
    const auto document = parse_json(text);
    REQUIRE(document);
    REQUIRE(to_json(*document) == text);
  }
  for (const std::size_t size : {256U, 384U, 412U, 576U, 1024U, 65536U, 65600U}) {
    INFO(size);
    CHECK_FALSE(is_marked(size, 'Q'));
  }
}

TEST_CASE("every form of new and delete works together") {
  struct alignas(128) Wide {
    std::array<char, 130> bytes;
  };
  auto* wide = new Wide{};
  CHECK(reinterpret_cast<std::uintptr_t>(wide) % 128 == 0);
  delete wide;
  auto* many = new std::string[7];
  delete[] many;
  auto* quiet = new (std::nothrow) int(7);
  CHECK(*quiet == 7);
  delete quiet;
  auto* quiet_many = new (std::nothrow) std::string[3];
  delete[] quiet_many;
  auto* wide_many = new Wide[3];
  CHECK(reinterpret_cast<std::uintptr_t>(wide_many) % 128 == 0);
  delete[] wide_many;
  auto* quiet_wide = new (std::nothrow) Wide{};
  CHECK(reinterpret_cast<std::uintptr_t>(quiet_wide) % 128 == 0);
  delete quiet_wide;
  ::operator delete(nullptr);
  auto* none = ::operator new(0);
  CHECK(none != nullptr);
  ::operator delete(none);
}

}  // namespace acr
