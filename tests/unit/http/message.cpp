// SPDX-License-Identifier: Apache-2.0
#include "common/http/message.hpp"

#include <catch2/catch.hpp>

using namespace acr::http;

TEST_CASE("header names compare without regard to case, and the first value wins") {
  Headers headers{{"Retry-After", "1"}, {"X-A", "1"}, {"retry-after", "2"}};

  CHECK(headers.get("RETRY-AFTER") == "1");
  CHECK(headers.has("x-a"));
  CHECK_FALSE(headers.has("x-b"));
  CHECK(headers.get("x-b").empty());
}

TEST_CASE("set replaces all values of a name, remove takes all away") {
  Headers headers{{"X-A", "1"}, {"X-B", "2"}, {"x-a", "3"}};

  headers.set("x-A", "4");
  CHECK(headers.size() == 2);
  CHECK(headers.get("X-A") == "4");
  headers.remove("X-a");
  CHECK(headers.size() == 1);
  CHECK(headers.get("x-b") == "2");
}

TEST_CASE("the Host header leaves out the scheme's own port and puts IPv6 into brackets") {
  CHECK(host_header({.host = "cr.example.com"}) == "cr.example.com");
  CHECK(host_header({.host = "cr.example.com", .port = 8443}) == "cr.example.com:8443");
  CHECK(host_header({.scheme = "http", .host = "100.100.100.200", .port = 80}) == "100.100.100.200");
  CHECK(host_header({.scheme = "http", .host = "a", .port = 443}) == "a:443");
  CHECK(host_header({.host = "2001:db8::1"}) == "[2001:db8::1]");
  CHECK(host_header({.host = "2001:db8::1", .port = 6443}) == "[2001:db8::1]:6443");
  CHECK(to_string(Origin{.host = "2001:db8::1", .port = 6443}) == "https://[2001:db8::1]:6443");
}
