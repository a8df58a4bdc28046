// SPDX-License-Identifier: Apache-2.0
// Refusals of the API server, as they stand on the wire, and what they mean to callers.
#include "common/kube/status_error.hpp"

#include <catch2/catch.hpp>

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

http::Response refusal(unsigned status, std::string body, http::Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

std::string status_body(const std::string& reason, const std::string& message, const std::string& details = "{}") {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")" + message + R"(","reason":")" + reason +
         R"(","details":)" + details + "}";
}

}  // namespace

TEST_CASE("LW-2, LW-18: each refusal has the kind that its caller acts on") {
  struct Row {
    unsigned status;
    std::string body;
    ErrorKind kind;
    std::string code;
  };
  const std::vector<Row> rows{
      {409, status_body("AlreadyExists", "exists"), ErrorKind::AlreadyExists, "AlreadyExists"},
      {409, status_body("Conflict", "modified"), ErrorKind::Conflict, "Conflict"},
      {409, "conflict", ErrorKind::Conflict, ""},
      {410, status_body("Expired", "too old"), ErrorKind::Expired, "Expired"},
      {410, status_body("Gone", "gone"), ErrorKind::Expired, "Gone"},
      {410, "", ErrorKind::Expired, ""},
      {401, status_body("Unauthorized", "Unauthorized"), ErrorKind::Unauthenticated, "Unauthorized"},
      {403, status_body("Forbidden", "forbidden"), ErrorKind::Denied, "Forbidden"},
      {403, status_body("Forbidden", "terminating", R"({"causes":[{"reason":"NamespaceTerminating"}]})"),
       ErrorKind::Denied, "NamespaceTerminating"},
      {404, status_body("NotFound", "not found"), ErrorKind::NotFound, "NotFound"},
      {422, status_body("Invalid", "invalid"), ErrorKind::Invalid, "Invalid"},
      {400, status_body("BadRequest", "bad"), ErrorKind::Invalid, "BadRequest"},
      {413, "too large", ErrorKind::Invalid, ""},
      {429, "Too many requests, please try again later.", ErrorKind::Throttled, ""},
      {500, status_body("ServerTimeout", "try again"), ErrorKind::Unavailable, "ServerTimeout"},
      {500, status_body("InternalError", "oops"), ErrorKind::Unavailable, "InternalError"},
      {503, "<html>proxy</html>", ErrorKind::Unavailable, ""},
      {504,
       status_body("Timeout", "Too large resource version: 9, current: 5",
                   R"({"causes":[{"reason":"ResourceVersionTooLarge"}]})"),
       ErrorKind::Unavailable, "ResourceVersionTooLarge"},
      {504, status_body("Timeout", "Too large resource version: 9, current: 5"), ErrorKind::Unavailable,
       "ResourceVersionTooLarge"},
      {302, "", ErrorKind::Protocol, ""},
  };
  for (const auto& row : rows) {
    const auto error = parse_status_error(refusal(row.status, row.body), "cannot get secrets a/b");
    CAPTURE(row.status, row.body);
    CHECK(error.kind == row.kind);
    CHECK(error.code == row.code);
  }
}

TEST_CASE("LW-16: the message says what failed and the server's words, whatever the body is") {
  const auto message = [](unsigned status, const std::string& body) {
    return parse_status_error(refusal(status, body), "cannot list secrets").message;
  };

  CHECK(message(403, status_body("Forbidden", R"(secrets is forbidden: User \"x\" cannot list)")) ==
        "cannot list secrets: secrets is forbidden: User \"x\" cannot list (HTTP 403)");
  CHECK(message(429, "Too many requests, please try again later.\n") ==
        "cannot list secrets: Too many requests, please try again later. (HTTP 429)");
  CHECK(message(502, "") == "cannot list secrets: HTTP 502");
  CHECK(message(500, "a\nb\x1b[31m") == "cannot list secrets: a b [31m (HTTP 500)");
  CHECK(message(500, std::string(5000, 'x')).size() < 600);
}

TEST_CASE("LW-15: only a Retry-After of whole seconds counts") {
  const auto pause = [](const std::string& value) {
    return parse_status_error(refusal(429, "", {{"Retry-After", value}}), "x").retry_after;
  };

  CHECK(pause("7") == 7000ms);
  CHECK(pause("0") == 0ms);
  CHECK_FALSE(pause("Fri, 02 Jan 2026 03:04:05 GMT"));
  CHECK_FALSE(pause("1.5"));
  CHECK_FALSE(pause("-1"));
  CHECK_FALSE(pause("99999999999999999999"));
  CHECK_FALSE(parse_status_error(refusal(429, ""), "x").retry_after);
}

TEST_CASE("the audit id is kept, for the cluster's own logs") {
  CHECK(parse_status_error(refusal(500, "", {{"Audit-Id", "abc"}}), "x").request_id == "abc");
}

TEST_CASE("LW-1: an ERROR event's Status is read like an answer") {
  const auto status =
      parse_json(R"({"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"})");
  const auto gone = parse_status(*status, "watch");
  CHECK(gone.kind == ErrorKind::Expired);

  const auto busy =
      parse_json(R"({"kind":"Status","code":429,"reason":"TooManyRequests","details":{"retryAfterSeconds":3}})");
  CHECK(parse_status(*busy, "watch").kind == ErrorKind::Throttled);
  CHECK(parse_status(*busy, "watch").retry_after == 3000ms);

  const auto bare = parse_json("{}");
  CHECK(parse_status(*bare, "watch").kind == ErrorKind::Unavailable);
}

TEST_CASE("a quota's refusal is told apart from missing rights") {
  CHECK(is_quota_error(parse_status_error(
      refusal(403, status_body("Forbidden", R"(secrets \"a\" is forbidden: exceeded quota: q)")), "x")));
  CHECK_FALSE(is_quota_error(parse_status_error(refusal(403, status_body("Forbidden", "User cannot create")), "x")));
}

}  // namespace acr::kube
