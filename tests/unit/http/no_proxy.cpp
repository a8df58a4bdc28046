// SPDX-License-Identifier: Apache-2.0
#include "common/http/no_proxy.hpp"

#include <catch2/catch.hpp>

using namespace acr;
using namespace acr::http;

TEST_CASE("NO_PROXY exempts as Go's rules say") {
  struct Row {
    std::string no_proxy;
    HostPort target;
    bool exempt;
  };
  const auto row = GENERATE(values<Row>({
      {"", {"example.com", 443}, false},
      {"*", {"example.com", 443}, true},
      {"example.com", {"example.com", 443}, true},
      {"example.com", {"www.example.com", 443}, true},
      {"example.com", {"wwwexample.com", 443}, false},
      {"example.com", {"EXAMPLE.com", 443}, true},
      {"EXAMPLE.COM", {"example.com", 443}, true},
      {"example.com", {"example.com.", 443}, true},
      {".example.com", {"example.com", 443}, false},
      {".example.com", {"www.example.com", 443}, true},
      {"*.example.com", {"www.example.com", 443}, true},
      {"*.example.com", {"example.com", 443}, false},
      {"example.com:443", {"example.com", 443}, true},
      {"example.com:8443", {"example.com", 443}, false},
      {"other.org, example.com ,", {"example.com", 443}, true},
      {"10.0.0.1", {"10.0.0.1", 443}, true},
      {"10.0.0.1", {"10.0.0.2", 443}, false},
      {"10.0.0.1:80", {"10.0.0.1", 443}, false},
      {"10.0.0.1:443", {"10.0.0.1", 443}, true},
      {"10.0.0.0/8", {"10.200.0.1", 443}, true},
      {"10.0.0.0/8", {"11.0.0.1", 443}, false},
      {"10.0.0.0/8", {"example.com", 443}, false},
      {"10.0.0.7/8", {"10.200.0.1", 443}, true},
      {"2001:db8::/32", {"2001:db8::1", 443}, true},
      {"2001:db8::/32", {"2001:db9::1", 443}, false},
      {"2001:db8::1", {"2001:db8::1", 443}, true},
      {"[2001:db8::1]", {"2001:db8::1", 443}, true},
      {"[2001:db8::1]:443", {"2001:db8::1", 443}, true},
      {"10.0.0.0/99", {"10.0.0.1", 443}, false},
      {"0.0.1", {"10.0.0.1", 443}, false},
      {"", {"localhost", 443}, true},
      {"", {"127.0.0.1", 443}, true},
      {"", {"127.9.9.9", 443}, true},
      {"", {"::1", 443}, true},
  }));
  CAPTURE(row.no_proxy, to_string(row.target));

  CHECK(bypasses_proxy(row.no_proxy, row.target) == row.exempt);
}

TEST_CASE("a proxy is read from a URL or from a bare end point") {
  CHECK(to_string(parse_proxy(Secret("http://proxy.example:3128")).value().address) == "proxy.example:3128");
  CHECK(to_string(parse_proxy(Secret("http://proxy.example:3128/")).value().address) == "proxy.example:3128");
  CHECK(to_string(parse_proxy(Secret("proxy.example:3128")).value().address) == "proxy.example:3128");
  CHECK(to_string(parse_proxy(Secret("http://proxy.example")).value().address) == "proxy.example:80");
  CHECK(to_string(parse_proxy(Secret("http://[2001:db8::1]:3128")).value().address) == "[2001:db8::1]:3128");
  CHECK(parse_proxy(Secret("http://proxy.example")).value().authorization.empty());
  CHECK(parse_proxy(Secret("http://user:p%40ss@proxy.example")).value().authorization.reveal() == "Basic dXNlcjpwQHNz");
}

TEST_CASE("an unusable proxy is an error that does not show the value") {
  for (const std::string text : {"https://u:hunter2@proxy", "socks5://u:hunter2@proxy", "http://",
                                 "http://u:hunter2@pro xy", "http://u:hunter2@proxy:99999"}) {
    CAPTURE(text);
    const auto proxy = parse_proxy(Secret(std::string(text)));
    REQUIRE_FALSE(proxy);
    CHECK(proxy.error().kind == ErrorKind::Invalid);
    CHECK(proxy.error().message.find("hunter2") == std::string::npos);
  }
}
