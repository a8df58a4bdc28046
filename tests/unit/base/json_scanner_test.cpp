// SPDX-License-Identifier: Apache-2.0
#include "common/base/json_scanner.hpp"

#include <catch2/catch.hpp>

#include "common/base/json.hpp"

using namespace acr;

namespace {

/// Accepted by the scanner as a whole?
bool is_json(std::string_view text, std::size_t depth = 64) {
  JsonScanner scanner(text, depth);
  scanner.skip();
  return scanner.finish().has_value();
}

std::string decoded(std::string_view literal) {
  JsonScanner scanner(literal);
  std::string space;
  std::string text(decode(scanner.read_string(), space));
  CHECK(scanner.finish());
  return text;
}

}  // namespace

TEST_CASE("what is passed over is judged as strictly as by the parser of documents") {
  const auto* text =
      GENERATE("", " ", "{}", "[]", "[ ]", "{ }", "null", "nul", "nulls", "true", "false", "truefalse", "0", "-0", "01",
               "-", "1.", "1.5", ".5", "1e5", "1E+5", "1e", "1e-", "+1", "\"a\"", "\"a", "\"\n\"", "\"\\n\"", "\"\\x\"",
               "\"\\u12\"", "\"\\u12g4\"", "\"\\u00e9\"", "{\"a\":1}", "{\"a\":1,}", "{\"a\" : [1 , 2]}", "{\"a\"}",
               "{a:1}", "{\"a\":1 \"b\":2}", "[1,]", "[,]", "[1 2]", "[1}", "{\"a\":1]", "[", "{", "{\"a\":", "{} {}",
               "[]]", "\xff", "\"\xc3\xa9\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\\", "\"abcdefghijklmnop\\\"q\"",
               "\"abcdefg\x01hijk\"", "{\"abcdefgh\":\"ijklmnop\"}");
  CAPTURE(text);
  CHECK(is_json(text) == parse_json(text).has_value());
}

TEST_CASE("every prefix and changed byte of a document is judged as by the parser of documents") {
  const std::string text =
      R"({"a":[1,-2.5e3,true,false,null,{"b":"c\n\u00e9"}],"longer names and texts":"here, of more than eight bytes \\","":{}})";
  REQUIRE(is_json(text));
  for (std::size_t at = 0; at < text.size(); ++at) {
    CHECK_FALSE(is_json(text.substr(0, at)));
    for (int value = 0; value < 256; ++value) {
      auto changed = text;
      changed[at] = static_cast<char>(value);
      if (is_json(changed) != parse_json(changed).has_value()) FAIL("byte " << value << " at " << at);
    }
  }
}

TEST_CASE("nesting is bounded as by the parser of documents") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(is_json(nested(8), 8) == parse_json(nested(8), 8).has_value());
  CHECK(is_json(nested(9), 8) == parse_json(nested(9), 8).has_value());
  CHECK_FALSE(is_json(std::string(1'000'000, '['), 100));
  const auto too_deep = nested(9);
  JsonScanner scanner(too_deep, 8);
  scanner.skip();
  CHECK(scanner.finish().error().message == "not JSON at byte 8: it is nested too deeply");
}

TEST_CASE("escapes are decoded, and half a surrogate pair is replaced as Go does") {
  CHECK(decoded(R"("plain")") == "plain");
  CHECK(decoded(R"("\"\\\/\b\f\n\r\tz")") == "\"\\/\b\f\n\r\tz");
  CHECK(decoded(R"("\u0041\u00e9\u20ac\ud83d\ude00")") == "A\u00e9\u20ac\U0001F600");
  CHECK(decoded(R"("\ud83dx")") == "\uFFFDx");
  CHECK(decoded(R"("\ude00\ud83d\u0041")") == "\uFFFD\uFFFDA");
}

TEST_CASE("a value of another kind than asked for is passed over") {
  JsonScanner scanner(R"([7,{"a":1},"text",[1]])");
  int members = 0;
  std::size_t texts = 0;
  scanner.read_array([&] {
    if (scanner.next() == JsonScanner::Kind::Object) {
      scanner.read_object([&](std::string_view key) {
        ++members;
        CHECK(key == "a");
        CHECK(scanner.read_string().raw.empty());
      });
    } else {
      texts += scanner.read_string().raw.size();
    }
  });
  CHECK(scanner.finish());
  CHECK(members == 1);
  CHECK(texts == 4);
}

TEST_CASE("after a fault all reads as empty") {
  JsonScanner scanner(R"({"a":x,"b":"c"})");
  int members = 0;
  scanner.read_object([&](std::string_view) {
    ++members;
    CHECK(scanner.read_string().raw.empty());
  });
  CHECK(members == 1);
  CHECK(scanner.skip().empty());
  CHECK(scanner.next() == JsonScanner::Kind::Broken);
  CHECK(scanner.finish().error().message == "not JSON at byte 5: a digit is expected");
}
