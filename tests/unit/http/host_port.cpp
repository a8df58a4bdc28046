// SPDX-License-Identifier: Apache-2.0
#include "common/http/host_port.hpp"

#include <catch2/catch.hpp>

#include "common/http/beast_client.hpp"

using namespace acr;
using namespace acr::http;

TEST_CASE("an end point is read and written in the same form") {
  for (const std::string text : {"example.com:443", "1.2.3.4:80", "[::1]:80", ":9443", "[fe80::1]:0", "a:65535"}) {
    const auto parsed = parse_host_port(text);
    REQUIRE(parsed);
    CHECK(to_string(*parsed) == text);
  }
  CHECK(parse_host_port("[::1]:80")->host == "::1");
  CHECK(parse_host_port(":9443")->host.empty());
}

TEST_CASE("what is not an end point is an error that shows the text") {
  for (const std::string text : {"", "host", "host:", "host:x", "host:65536", "host:-1", "::1", "::1:80", "[::1:80",
                                 "[]:80", "a b:80", "http://host:80", "host:8 0", "user@host:1", "a\r\nb:1"}) {
    CAPTURE(text);
    const auto parsed = parse_host_port(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == ErrorKind::Invalid);
    CHECK(parsed.error().message.find('\n') == std::string::npos);
  }
  CHECK(parse_host_port("host").error().message == "cannot read \"host\" as HOST:PORT: no port");
}
