// SPDX-License-Identifier: Apache-2.0
// How a registry asks for a login, and to whom that may be sent.
#include "common/alibaba/registry_challenge.hpp"

#include <catch2/catch.hpp>

#include "common/alibaba/registry_access.hpp"
#include "tests/fakes/fixture.hpp"

namespace acr::alibaba {
namespace {

RegistryChallenge challenge_of(const JsonValue& row) {
  return {.realm = std::string(string_at(row, "realm")),
          .service = std::string(string_at(row, "service")),
          .scope = std::string(string_at(row, "scope")),
          .region_id = std::string(string_at(row, "region")),
          .instance_id = std::string(string_at(row, "instance_id"))};
}

void check_good(const JsonValue& rows) {
  for (const auto& row : rows.GetArray()) {
    INFO(string_at(row, "name"));
    const auto challenge = parse_challenge(string_at(row, "header"));
    REQUIRE(challenge);
    CHECK(*challenge == challenge_of(row));
  }
}

http::Response answer(unsigned status, std::string body = {}, http::Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

const RegistryChallenge kChallenge{.realm = "https://dockerauth.cn-hangzhou.aliyuncs.com/auth",
                                   .service = "registry.aliyuncs.com:cn-hangzhou:china:cri-x"};
constexpr const char* kRefusal = R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]})";

}  // namespace

TEST_CASE("every challenge that registries of the cloud were seen to send is read", "[registry_challenge]") {
  const auto fixture = fakes::read_json_fixture("alibaba/registry-auth.json");
  REQUIRE(fixture["challenges"].Size() == 6);
  check_good(fixture["challenges"]);
  for (const auto& row : fixture["challenges"].GetArray()) CHECK(parse_realm(string_at(row, "realm")));
}

TEST_CASE("the grammar of RFC 9110 is obeyed, and nothing else is", "[registry_challenge]") {
  const auto fixture = fakes::read_json_fixture("alibaba/registry-challenges.json");
  check_good(fixture["good"]);
  for (const auto& row : fixture["bad"].GetArray()) {
    INFO(string_at(row, "name"));
    const auto challenge = parse_challenge(string_at(row, "header"));
    REQUIRE_FALSE(challenge);
    CHECK(challenge.error().kind == ErrorKind::Protocol);
  }
}

TEST_CASE("a challenge is limited in size, number of challenges and parameters", "[registry_challenge]") {
  const std::string good = R"(Bearer realm="r",service="s")";
  CHECK(parse_challenge(good + std::string(4096 - good.size(), ' ')));
  CHECK_FALSE(parse_challenge(good + std::string(4097 - good.size(), ' ')));
  std::string others, parameters;
  for (int i = 0; i < 7; ++i) others += "Scheme" + std::to_string(i) + ", ";
  for (int i = 0; i < 14; ++i) parameters += ",p" + std::to_string(i) + "=v";
  CHECK(parse_challenge(others + good + parameters));
  CHECK_FALSE(parse_challenge(others + "One, " + good));
  CHECK_FALSE(parse_challenge(good + parameters + ",more=v"));
}

TEST_CASE("a login goes to https hosts below aliyuncs.com and to nobody else", "[registry_challenge]") {
  const auto fixture = fakes::read_json_fixture("alibaba/registry-challenges.json");
  for (const auto& row : fixture["realms"].GetArray()) {
    INFO(string_at(row, "realm"));
    auto challenge = kChallenge;
    challenge.realm = string_at(row, "realm");
    const auto realm = parse_realm(challenge.realm);
    const auto call = build_bearer_token_request(challenge, "user", Secret("password"));
    const bool is_ours = find_member(row, "host") != nullptr;
    REQUIRE(realm.has_value() == is_ours);
    REQUIRE(call.has_value() == is_ours);
    if (!is_ours) {
      CHECK(call.error().kind == ErrorKind::Denied);
      continue;
    }
    CHECK(*realm == Realm{{"https", std::string(string_at(row, "host")), 443}, std::string(string_at(row, "target"))});
    CHECK(call->origin == realm->origin);
    CHECK(call->request.target.starts_with(realm->target));
  }
}

TEST_CASE("a token is asked for with the login, encoded, and never for a scope of the host that asked",
          "[registry_challenge]") {
  const auto call = build_bearer_token_request(kChallenge, "cr temp&user", Secret("a:b"));
  REQUIRE(call);
  CHECK(call->request.method == "GET");
  CHECK(call->request.target ==
        "/auth?account=cr%20temp%26user&client_id=docker&"
        "service=registry.aliyuncs.com%3Acn-hangzhou%3Achina%3Acri-x");
  CHECK(call->request.headers.get("authorization") == "Basic Y3IgdGVtcCZ1c2VyOmE6Yg==");
  auto scoped = kChallenge;
  scoped.scope = "repository:ns/app:pull";
  const auto scoped_call = build_bearer_token_request(scoped, "u", Secret("p"));
  REQUIRE(scoped_call);
  CHECK(scoped_call->request.target.find("scope") == std::string::npos);
}

TEST_CASE("a registry is asked with and without a token", "[registry_challenge]") {
  CHECK(build_registry_ping().target == "/v2/");
  CHECK_FALSE(build_registry_ping().headers.has("authorization"));
  CHECK(build_registry_ping(Secret("t")).headers.get("authorization") == "Bearer t");
}

TEST_CASE("the answer to a ping is a challenge or an error", "[registry_challenge]") {
  const http::Headers headers{{"www-authenticate", R"(Bearer realm="r",service="s")"}};
  CHECK(parse_registry_ping_response(answer(401, kRefusal, headers), "h").value().service == "s");
  const http::Headers two{{"WWW-Authenticate", "Basic realm=\"x\""}, *headers.begin()};
  CHECK(parse_registry_ping_response(answer(401, {}, two), "h").value().service == "s");
  CHECK(parse_registry_ping_response(answer(401, kRefusal), "h").error().kind == ErrorKind::Protocol);
  CHECK(parse_registry_ping_response(answer(200, "{}"), "h").error().message.find("asks for no login") !=
        std::string::npos);
  const auto page = parse_registry_ping_response(answer(502, "<html></html>"), "registry.test");
  CHECK(page.error().kind == ErrorKind::Unavailable);
  CHECK(page.error().message.find("(registry.test)") != std::string::npos);
  CHECK_FALSE(parse_registry_ping_response(answer(204), "h"));
}

TEST_CASE("with a token it lets in, refuses, or says something else", "[registry_challenge]") {
  CHECK(parse_registry_entry_response(answer(200), "h"));
  const auto refused = parse_registry_entry_response(answer(401, kRefusal), "h");
  CHECK(refused.error().kind == ErrorKind::Unauthenticated);
  CHECK(refused.error().code == "UNAUTHORIZED");
  CHECK(parse_registry_entry_response(answer(403), "h").error().kind == ErrorKind::Denied);
  CHECK(parse_registry_entry_response(answer(503), "h").error().kind == ErrorKind::Unavailable);
  CHECK_FALSE(parse_registry_entry_response(answer(201, "{}"), "h"));
}

TEST_CASE("a token is access_token or token, of characters that a header takes", "[registry_challenge]") {
  const auto read = [](unsigned status, std::string body) {
    return parse_bearer_token_response(answer(status, std::move(body)), "dockerauth.test");
  };
  CHECK(read(200, R"({"access_token":"a","token":"b"})").value().reveal() == "a");
  CHECK(read(200, R"({"token":"b","expires_in":600})").value().reveal() == "b");
  CHECK(read(200, R"({"access_token":"","token":"b"})").value().reveal() == "b");
  CHECK(read(200, R"({"token":")" + std::string(16384, 't') + "\"}"));
  for (const auto& bad : {std::string("{}"), std::string("[]"), std::string("{"), std::string(R"({"token":1})"),
                          std::string(R"({"token":"a b"})"), std::string(R"({"token":"a\r\nX: y"})"),
                          R"({"token":")" + std::string(16385, 't') + "\"}"}) {
    CHECK(read(200, bad).error().kind == ErrorKind::Protocol);
  }
  const auto refused = read(401, kRefusal);
  CHECK(refused.error().kind == ErrorKind::Unauthenticated);
  CHECK(refused.error().message == "cannot call the token service (dockerauth.test): UNAUTHORIZED (HTTP 401)");
  CHECK(read(401, "<html>").error().kind == ErrorKind::Unauthenticated);
  CHECK(read(403, "").error().kind == ErrorKind::Denied);
  CHECK(read(500, "{}").error().kind == ErrorKind::Unavailable);
}

}  // namespace acr::alibaba
