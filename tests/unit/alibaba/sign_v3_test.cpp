// SPDX-License-Identifier: Apache-2.0
// Every step of ACS3-HMAC-SHA256 against requests signed by official SDKs and by the vendor's documentation.
#include "common/alibaba/sign_v3.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/fixture.hpp"

namespace acr::alibaba {
namespace {

OpenApiCall read_call(const JsonValue& vector) {
  OpenApiCall call{.method = std::string(string_at(vector, "method")),
                   .host = std::string(string_at(vector, "host")),
                   .path = std::string(string_at(vector, "path")),
                   .body = std::string(string_at(vector, "body")),
                   .content_type = std::string(string_at(vector, "headers", "content-type")),
                   .action = std::string(string_at(vector, "headers", "x-acs-action")),
                   .version = std::string(string_at(vector, "headers", "x-acs-version"))};
  for (const auto& [name, value] : vector["query"].GetObject()) call.query[name.GetString()] = value.GetString();
  return call;
}

RamCredentials read_credentials(const JsonValue& vector) {
  return {.access_key_id = std::string(string_at(vector, "access_key_id")),
          .access_key_secret = Secret(std::string(string_at(vector, "access_key_secret"))),
          .security_token = Secret(std::string(string_at(vector, "security_token"))),
          .expires = {},
          .source = "test"};
}

void check_vector(const JsonValue& vector) {
  INFO(string_at(vector, "name"));
  const auto call = read_call(vector);
  const auto credentials = read_credentials(vector);
  const auto now = parse_rfc3339(string_at(vector, "headers", "x-acs-date")).value();
  const auto nonce = string_at(vector, "headers", "x-acs-signature-nonce");

  CHECK(build_canonical_query(call.query) == string_at(vector, "canonical_query"));
  const auto headers = build_signed_headers(call, credentials, now, nonce);
  std::string names;
  for (const auto& name : vector["signed_headers"].GetArray())
    names += (names.empty() ? "" : ";") + std::string(name.GetString());
  CHECK(join_header_names(headers) == names);
  const auto canonical = build_canonical_request(call, headers);
  CHECK(canonical == string_at(vector, "canonical_request"));
  const auto to_sign = build_string_to_sign(canonical);
  CHECK(to_sign == string_at(vector, "string_to_sign"));
  CHECK(build_authorization(credentials, headers, to_sign) == string_at(vector, "authorization"));

  const auto request = sign_v3(call, credentials, now, nonce);
  CHECK(request.headers.get("Authorization") == string_at(vector, "authorization"));
  CHECK(request.method == call.method);
  CHECK(request.body == call.body);
  const auto query = std::string(string_at(vector, "canonical_query"));
  CHECK(request.target == call.path + (query.empty() ? "" : "?" + query));
  for (const auto& [name, value] : headers) CHECK(request.headers.get(name) == value);
}

TEST_CASE("signing V3 gives the signatures of the official SDKs", "[sign_v3]") {
  const auto vectors = fakes::read_json_fixture("alibaba/signature-v3.json");
  REQUIRE(vectors["minimal"].Size() == 21);
  for (const auto& vector : vectors["minimal"].GetArray()) check_vector(vector);
}

TEST_CASE("the requests of the official SDK are signed alike with all of their headers, and ours have a part of them",
          "[sign_v3]") {
  const auto fixture = fakes::read_json_fixture("alibaba/signature-v3-sdk.json");
  REQUIRE(fixture["requests"].Size() == 21);
  for (const auto& vector : fixture["requests"].GetArray()) {
    INFO(string_at(vector, "name"));
    std::map<std::string, std::string> headers;
    for (const auto& [name, value] : vector["headers"].GetObject()) headers[name.GetString()] = value.GetString();
    const auto call = read_call(vector);
    const auto credentials = read_credentials(vector);
    const auto canonical = build_canonical_request(call, headers);
    CHECK(canonical == string_at(vector, "canonical_request"));
    const auto to_sign = build_string_to_sign(canonical);
    CHECK(to_sign == string_at(vector, "string_to_sign"));
    CHECK(build_authorization(credentials, headers, to_sign) == string_at(vector, "authorization"));
    const auto now = parse_rfc3339(headers.at("x-acs-date")).value();
    for (const auto& [name, value] : build_signed_headers(call, credentials, now, headers.at("x-acs-signature-nonce")))
      CHECK(headers.at(name) == value);
  }
}

TEST_CASE("signing V3 gives the signatures printed in the documentation", "[sign_v3]") {
  const auto vectors = fakes::read_json_fixture("alibaba/signature-v3.json");
  REQUIRE(vectors["documentation"].Size() == 2);
  for (const auto& vector : vectors["documentation"].GetArray()) check_vector(vector);
}

TEST_CASE("a long-term key sends no security token", "[sign_v3]") {
  const RamCredentials key{.access_key_id = "testid",
                           .access_key_secret = Secret("testsecret"),
                           .security_token = {},
                           .expires = {},
                           .source = {}};
  const auto request = sign_v3({.host = "h", .action = "A", .version = "V"}, key, {}, "n");
  CHECK_FALSE(request.headers.has("x-acs-security-token"));
  CHECK_FALSE(request.headers.has("x-acs-accesskey-id"));
  CHECK(request.headers.get("accept") == "application/json");
}

TEST_CASE("a key id is shown by its first four characters only") {
  CHECK(mask_access_key_id("LTAI5tExample") == "LTAI***");
  CHECK(mask_access_key_id("ab") == "ab***");
  CHECK(mask_access_key_id("") == "***");
}

}  // namespace
}  // namespace acr::alibaba
