// SPDX-License-Identifier: Apache-2.0
#include "common/http/wire.hpp"

#include <catch2/catch.hpp>

using namespace acr;
using namespace acr::http;

namespace {

const Origin kOrigin{.host = "example.com"};

}  // namespace

TEST_CASE("a request is written with what it lacks added and what it brings kept") {
  CHECK(request_bytes(kOrigin, {.target = "/a?b"}, "us/1").value() ==
        "GET /a?b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: us/1\r\n\r\n");
  CHECK(request_bytes(
            kOrigin, {.method = "POST", .headers = {{"Host", "signed.example"}, {"user-agent", "other"}}, .body = "ab"},
            "us/1")
            .value() == "POST / HTTP/1.1\r\nHost: signed.example\r\nuser-agent: other\r\nContent-Length: 2\r\n\r\nab");
  CHECK(request_bytes(kOrigin, {.method = "PUT"}, "").value() ==
        "PUT / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("a request that could be read as two is refused, and its values are not shown") {
  const std::string evil = "token\r\nX-Injected: 1";
  CHECK(request_bytes(kOrigin, {.headers = {{"X", evil}}}, "").error().kind == ErrorKind::Invalid);
  CHECK(request_bytes(kOrigin, {.headers = {{"X", evil}}}, "").error().message.find("token") == std::string::npos);
  CHECK_FALSE(request_bytes(kOrigin, {.headers = {{"X Y", "1"}}}, ""));
  CHECK_FALSE(request_bytes(kOrigin, {.headers = {{"", "1"}}}, ""));
  CHECK_FALSE(request_bytes(kOrigin, {.headers = {{"X", std::string("a\0b", 3)}}}, ""));
  CHECK_FALSE(request_bytes(kOrigin, {.target = "/a b"}, ""));
  CHECK_FALSE(request_bytes(kOrigin, {.target = "/a\r\nX: 1"}, ""));
  CHECK_FALSE(request_bytes(kOrigin, {.target = ""}, ""));
  CHECK_FALSE(request_bytes(kOrigin, {.method = "GET /"}, ""));
}

TEST_CASE("a response is written with its own length and, when asked, Connection: close") {
  CHECK(response_bytes({.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = "ok"},
                       AfterResponse::KeepOpen) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok");
  CHECK(response_bytes({.status = 503, .headers = {{"content-length", "99"}, {"connection", "keep-alive"}}},
                       AfterResponse::Close) ==
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(response_bytes({.body = "hello"}, AfterResponse::KeepOpen, BodyOnWire::Omitted) ==
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("a response header that would split the response is left out") {
  CHECK(response_bytes({.headers = {{"X", "a\r\nY: b"}, {"Z", "c"}}}, AfterResponse::KeepOpen) ==
        "HTTP/1.1 200 OK\r\nZ: c\r\nContent-Length: 0\r\n\r\n");
}
