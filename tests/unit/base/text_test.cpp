// SPDX-License-Identifier: Apache-2.0
#include "common/base/text.hpp"

#include <catch2/catch.hpp>

namespace acr {
namespace {

using List = std::vector<std::string>;

TEST_CASE("trimming and splitting") {
  CHECK(trim(" \t\r\n a b \v\f") == "a b");
  CHECK(trim("  ").empty());
  CHECK(split_list(" a, b ,,c,", ',') == List{"a", "b", "c"});
  CHECK(split_list("", ',').empty());
  CHECK(to_lower("AbC-1") == "abc-1");
  CHECK(equals_ignore_case("All", "aLL"));
  CHECK_FALSE(equals_ignore_case("all", "al"));
}

TEST_CASE("globs") {
  struct Row {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const auto row = GENERATE(values<Row>({
      {"web", "web", true},
      {"web", "web2", false},
      {"*", "", true},
      {"*", "anything", true},
      {"team-*", "team-", true},
      {"team-*", "team", false},
      {"*-prod", "a-b-prod", true},
      {"a*b*c", "aXbYbZc", true},
      {"a*b*c", "acb", false},
      {"?", "", false},
      {"?", "x", true},
      {"a?c", "abc", true},
      {"", "", true},
      {"", "a", false},
      {"**", "x", true},
      {"*a", "aaa", true},
      {"w[eb]", "we", false},
  }));
  INFO(row.pattern << " " << row.text);
  CHECK(matches_glob(row.pattern, row.text) == row.matches);
}

TEST_CASE("a hostile glob takes linear time") {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "a*";
  CHECK_FALSE(matches_glob(pattern + "b", std::string(20'000, 'a')));
}

TEST_CASE("names of Kubernetes objects (ADM-15)") {
  CHECK(is_dns_label("a"));
  CHECK(is_dns_label(std::string(63, 'a')));
  for (const auto* bad : {"", "-a", "a-", "A", "a.b", "a_b", "a b", "é"}) CHECK_FALSE(is_dns_label(bad));
  CHECK_FALSE(is_dns_label(std::string(64, 'a')));
  CHECK(is_dns_subdomain("a.b-c.1"));
  for (const auto* bad : {"", ".", "a.", ".a", "a..b", "a/b", "a.-b", "A.b"}) CHECK_FALSE(is_dns_subdomain(bad));
  CHECK(is_dns_subdomain(std::string(253, 'a')));
  CHECK_FALSE(is_dns_subdomain(std::string(254, 'a')));
}

TEST_CASE("unsigned numbers") {
  CHECK(parse_unsigned("0") == 0);
  CHECK(parse_unsigned("9223372036854775807") == 9223372036854775807LL);
  for (const auto* bad : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808"})
    CHECK(parse_unsigned(bad) == std::nullopt);
}

TEST_CASE("printable text cannot break a line or a quote (SEC-11)") {
  CHECK(printable("a\nb\x7f\"\\") == R"(a\x0ab\x7f\"\\)");
  CHECK(printable("abcdef", 3) == "abc...");
  CHECK(printable("abc", 3) == "abc");
  CHECK(printable("ab\xC3\xA9g", 3) == "ab...");
  CHECK(printable("ab\xE4\xBD\xA0", 5) == "ab\xE4\xBD\xA0");
  CHECK(printable("\x80\x80", 1) == "...");
}

}  // namespace
}  // namespace acr
