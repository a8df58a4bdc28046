// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/addon_token.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/fixture.hpp"

namespace acr::credentials {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_CASE("addon tokens of all key lengths are opened", "[addon_token]") {
  const auto fixture = fakes::read_json_fixture("alibaba/addon-tokens.json");
  REQUIRE(fixture["good"].Size() == 3);
  for (const auto& entry : fixture["good"].GetArray()) {
    INFO(string_at(entry, "name"));
    const auto token = parse_addon_token(to_json(entry["file"]));
    REQUIRE(token);
    CHECK(token->access_key_id == string_at(entry, "expect", "access_key_id"));
    CHECK(token->access_key_secret.reveal() == string_at(entry, "expect", "access_key_secret"));
    CHECK(token->security_token.reveal() == string_at(entry, "expect", "security_token"));
    CHECK(format_rfc3339(token->expires.value()) == string_at(entry, "expect", "expiration"));
    CHECK(token->source == "managed role");
  }
}

TEST_CASE("a broken addon token says what is wrong and quotes nothing of it", "[addon_token]") {
  const auto fixture = fakes::read_json_fixture("alibaba/addon-tokens.json");
  REQUIRE(fixture["bad"].Size() == 8);
  for (const auto& entry : fixture["bad"].GetArray()) {
    INFO(string_at(entry, "name"));
    const auto token = parse_addon_token(to_json(entry["file"]));
    REQUIRE_FALSE(token);
    INFO(token.error().message);
    for (const auto& part : entry["contains"].GetArray()) CHECK(contains(token.error().message, part.GetString()));
    for (const auto* member : {"access.key.id", "access.key.secret", "security.token", "keyring"}) {
      const auto value = string_at(entry["file"], member);
      if (value.size() > 4) CHECK_FALSE(contains(token.error().message, value));
    }
  }
}

TEST_CASE("a role that ACK could not assume is the admin's to mend", "[addon_token]") {
  const auto token = parse_addon_token(
      R"({"error":{"roleName":"AliyunCSManagedAcrRole","code":"EntityNotExist.Role","message":"m"}})");
  REQUIRE_FALSE(token);
  CHECK(token.error().kind == ErrorKind::Denied);
  CHECK(token.error().code == "EntityNotExist.Role");
}

TEST_CASE("an empty error object is none", "[addon_token]") {
  CHECK(parse_addon_token(R"({"error":{"roleName":"","code":"","message":""}})").error().message ==
        "keyring: it is absent or empty");
}

TEST_CASE("what is no addon token at all", "[addon_token]") {
  for (const auto* text : {"", "{", "[]", "null", "\"text\"", "{}", R"({"keyring":7})",
                           R"({"keyring":"fake-keyring1234","access.key.id":["a"]})", "<html></html>"}) {
    INFO(text);
    const auto token = parse_addon_token(text);
    REQUIRE_FALSE(token);
    CHECK(token.error().kind == ErrorKind::Protocol);
  }
}

// About one wrong key in 256 makes the last byte look like a padding.
TEST_CASE("a wrong key that passes the padding check is found by the text", "[addon_token]") {
  const auto fixture = fakes::read_json_fixture("alibaba/addon-tokens.json");
  JsonDocument file;
  file.CopyFrom(fixture["good"][0]["file"], file.GetAllocator());
  bool found = false;
  for (int number = 0; number < 4096 && !found; ++number) {
    auto key = std::to_string(number);
    key.insert(0, 16 - key.size(), 'k');
    file["keyring"].SetString(key.c_str(), file.GetAllocator());
    const auto token = parse_addon_token(to_json(file));
    REQUIRE_FALSE(token);
    found = contains(token.error().message, "no plain text");
  }
  CHECK(found);
}

}  // namespace
}  // namespace acr::credentials
