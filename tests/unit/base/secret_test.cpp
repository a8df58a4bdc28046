// SPDX-License-Identifier: Apache-2.0
// A Secret leaves no copy behind (SEC-9) and cannot be printed.
#include "common/base/secret.hpp"

#include <fmt/ostream.h>

#include <array>
#include <catch2/catch.hpp>
#include <new>
#include <sstream>

namespace acr {
namespace {

// Short enough to be stored inside the object itself, where it can be looked for.
constexpr std::string_view kText = "s3cret-value";

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!Streamable<Secret>);
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string_view>);

struct Storage {
  alignas(Secret) std::array<char, sizeof(Secret)> bytes{};

  [[nodiscard]] bool holds_text() const {
    return std::string_view(bytes.data(), bytes.size()).find(kText) != std::string_view::npos;
  }
  Secret* make() { return new (bytes.data()) Secret(std::string(kText)); }
};

TEST_CASE("destruction wipes") {
  Storage storage;
  auto* secret = storage.make();
  REQUIRE(storage.holds_text());
  secret->~Secret();
  CHECK_FALSE(storage.holds_text());
}

TEST_CASE("the text that a Secret was made of is wiped") {
  alignas(std::string) std::array<char, sizeof(std::string)> bytes{};
  auto* text = new (bytes.data()) std::string(kText);
  const auto holds_text = [&] {
    return std::string_view(bytes.data(), bytes.size()).find(kText.substr(1)) != std::string_view::npos;
  };
  REQUIRE(holds_text());
  const Secret secret(std::move(*text));
  CHECK(secret.reveal() == kText);
  CHECK_FALSE(holds_text());
  text->~basic_string();
}

TEST_CASE("moving away wipes") {
  Storage storage;
  auto* secret = storage.make();
  const Secret moved(std::move(*secret));
  CHECK(moved.reveal() == kText);
  CHECK_FALSE(storage.holds_text());
  secret->~Secret();
  secret = storage.make();
  Secret assigned;
  assigned = std::move(*secret);
  CHECK(assigned.reveal() == kText);
  CHECK_FALSE(storage.holds_text());
  secret->~Secret();
}

TEST_CASE("assigning over wipes") {
  Storage storage;
  auto* secret = storage.make();
  *secret = Secret("other");
  CHECK(secret->reveal() == "other");
  CHECK_FALSE(storage.holds_text());
  secret->~Secret();
}

TEST_CASE("a copy is equal and its own") {
  Secret a{std::string(kText)};
  Secret b = a;
  CHECK(a == b);
  auto& same = b;
  b = same;
  CHECK(b.reveal() == kText);
  b = Secret();
  CHECK(b.empty());
  CHECK(a.size() == kText.size());
  CHECK_FALSE(a == b);
}

}  // namespace
}  // namespace acr
