// SPDX-License-Identifier: Apache-2.0
#include "common/config/stored_texts.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "common/base/gzip.hpp"

namespace acr::config {
namespace {

using Data = std::map<std::string, std::string>;
using Values = std::map<std::string, Secret>;

constexpr std::size_t kRoom = 1'040'000;
const Data kGood{{"watch-namespace", "web"}, {"acr-registry-info", "- a: \"x\"\n\t"}};

/// Characters that a ConfigMap may hold and that compress as badly as any can.
std::string noise(std::size_t size) {
  std::mt19937 random(11);
  std::uniform_int_distribution<int> printable(0x20, 0x7E);
  std::string text(size, ' ');
  for (auto& c : text) c = static_cast<char>(printable(random));
  return text;
}

Values stored(const std::string& key, std::string value) {
  return {{key, Secret(std::move(value))}};
}

}  // namespace

TEST_CASE("the texts that are stored come back, each as what it was") {
  const Remembered accepted{.accepted = kGood};
  const Remembered first{.first_start = ConfigMapText{.data = kGood, .binary_keys = {"acr-registry-info", "x"}}};
  const Remembered outdated{.accepted = kGood, .is_outdated = true};
  const Remembered empty{.accepted = Data{}};
  for (const auto& texts : {Remembered{}, accepted, first, outdated, empty}) {
    const auto encoded = encode_texts(texts, {}, kRoom);
    const auto decoded = decode_texts(encoded.data);
    CHECK(decoded.problems.empty());
    CHECK(decoded.texts == texts);
  }
  CHECK(encode_texts(accepted, {}, kRoom).data.at("configuration").reveal() ==
        R"({"acr-registry-info":"- a: \"x\"\n\t","watch-namespace":"web"})");
}

TEST_CASE("any text that the API server takes fits, whatever stands in it") {
  const Data full{{"notify-email", noise(kMaxDataBytes)}};
  for (const auto& texts :
       {Remembered{.accepted = full}, Remembered{.first_start = ConfigMapText{.data = full, .binary_keys = {"a"}}}}) {
    const auto encoded = encode_texts(texts, {}, kRoom);
    CHECK_FALSE(encoded.configuration_left_out);
    CHECK_FALSE(encoded.first_start_left_out);
    CHECK(encoded.size < 950'000);
    CHECK(decode_texts(encoded.data).texts == texts);
  }
}

TEST_CASE("where a text does not fit the one before stays, marked, until one fits again") {
  const auto before = encode_texts({.accepted = kGood}, {}, kRoom).data;
  const Data large{{"notify-email", noise(200'000)}};
  const auto encoded = encode_texts({.accepted = large}, before, 100'000);
  CHECK(encoded.configuration_left_out);
  const auto decoded = decode_texts(encoded.data);
  CHECK(decoded.texts == Remembered{.accepted = kGood, .is_outdated = true});
  CHECK(encode_texts(decoded.texts, encoded.data, 100'000).data == encoded.data);  // as after a restart
  CHECK_FALSE(decode_texts(encode_texts({.accepted = kGood}, encoded.data, kRoom).data).texts.is_outdated);

  const auto nothing = encode_texts({.accepted = large}, {}, 100'000);
  CHECK(nothing.data.empty());
  CHECK(nothing.configuration_left_out);
  CHECK(encode_texts({.first_start = ConfigMapText{.data = large}}, {}, 100'000).first_start_left_out);

  const auto large_before = encode_texts({.accepted = large}, {}, kRoom).data;
  REQUIRE(large_before.contains("configuration.gz"));
  const Data larger{{"notify-email", noise(400'000)}};
  CHECK(decode_texts(encode_texts({.accepted = larger}, large_before, 200'000).data).texts.accepted == large);
}

TEST_CASE("a damaged text counts as none and is told without its content") {
  for (const auto* damage : {"", "{", "[]", "7", "{\"hunter2\":1}", "\xff"}) {
    INFO(damage);
    const auto decoded = decode_texts(stored("configuration", damage));
    CHECK_FALSE(decoded.texts.accepted);
    REQUIRE(decoded.problems.size() == 1);
    CHECK(decoded.problems[0].message.find("hunter2") == std::string::npos);
  }
  for (const auto* damage : {"", "{}", "[]", R"({"data":{}})", R"({"data":[],"binaryKeys":[]})",
                             R"({"data":{},"binaryKeys":[1]})", R"({"data":{"a":1},"binaryKeys":[]})"}) {
    INFO(damage);
    const auto decoded = decode_texts(stored("first-start", damage));
    CHECK_FALSE(decoded.texts.first_start);
    CHECK(decoded.problems.size() == 1);
  }
  CHECK(decode_texts(stored("configuration.gz", "{}")).problems.size() == 1);
  CHECK(decode_texts(stored("configuration.gz", compress_gzip("{}"))).texts.accepted == Data{});
  const auto bomb = decode_texts(stored("configuration.gz", compress_gzip(std::string(kMaxExpandedBytes + 1, ' '))));
  REQUIRE(bomb.problems.size() == 1);
  CHECK(bomb.problems[0].message.find("expands to more than") != std::string::npos);
}

}  // namespace acr::config
