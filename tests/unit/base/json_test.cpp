// SPDX-License-Identifier: Apache-2.0
// JSON from outside (CPP-3).
#include "common/base/json.hpp"

#include <catch2/catch.hpp>

namespace acr {
namespace {

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST_CASE("nesting is bounded (CPP-3)") {
  CHECK(parse_json(nested(64)));
  CHECK_FALSE(parse_json(nested(65)));
  CHECK_FALSE(parse_json(R"({"a":{"b":{}}})", 2));
  CHECK_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST_CASE("of a member that stands twice the last one counts, as for Go (CPP-3)") {
  const auto document = parse_json(R"({"name":"first","name":"second"})").value();
  CHECK(string_at(document, "name") == "second");
}

TEST_CASE("what is no JSON is refused with its place and never quoted") {
  const auto text = GENERATE(as<std::string>(), "", "{", "{\"password\":\"hunter2\"", "{} x", "[1,]", "nul", "{'a':1}",
                             "\"\x01\"", "\"\xff\"", "\"\xc0\xaf\"", R"("\ud800")", R"("\ude00")", R"("\ude00\ud83d")",
                             "01", "+1", "NaN", "\"a\nb\"");
  INFO(text);
  const auto document = parse_json(text);
  REQUIRE_FALSE(document);
  CHECK(document.error().kind == ErrorKind::Protocol);
  CHECK(document.error().message.find("hunter2") == std::string::npos);
}

TEST_CASE("text that is not UTF-8 is refused wherever it stands, and valid text never (CPP-3)") {
  struct Row {
    std::string bytes;
    bool valid;
  };
  const auto row = GENERATE(values<Row>({
      {"\x7f", true},
      {"\xc2\x80", true},
      {"\xdf\xbf", true},
      {"\xe0\xa0\x80", true},
      {"\xed\x9f\xbf", true},
      {"\xef\xbf\xbf", true},
      {"\xf0\x90\x80\x80", true},
      {"\xf4\x8f\xbf\xbf", true},
      {"\x80", false},      // the rest of a character without its beginning
      {"\xc1\xbf", false},  // a longer form than needed
      {"\xe0\x9f\xbf", false},
      {"\xf0\x8f\xbf\xbf", false},
      {"\xed\xa0\x80", false},      // half a surrogate pair
      {"\xf4\x90\x80\x80", false},  // beyond U+10FFFF
      {"\xf5\x80\x80\x80", false},
      {"\xe2\x82", false},  // a character without its end
      {"\xf0\x9f\x98", false},
      {"\xe2\x28\xa1", false},
  }));
  for (std::size_t before = 0; before < 17; ++before) {
    const auto text = "\"" + std::string(before, 'a') + row.bytes + "\"";
    INFO(before << " bytes before " << row.bytes);
    const auto document = parse_json(text);
    REQUIRE(document.has_value() == row.valid);
    if (row.valid) CHECK(document->GetStringLength() == before + row.bytes.size());
  }
  CHECK_FALSE(parse_json("\"\xe2\x82"));  // the text itself ends in the middle
}

TEST_CASE("nothing may hide behind a NUL byte") {
  using namespace std::string_literals;
  CHECK_FALSE(parse_json("{}\0{"s));
  CHECK_FALSE(parse_json("{}\0"s));
  CHECK(parse_json(R"("\u0000")").value().GetStringLength() == 1);
}

TEST_CASE("a number beyond the range of double is refused, however it is written") {
  for (const auto& text :
       {std::string("[1e400]"), "[" + std::string(310, '9') + "]", "[-1." + std::string(20, '9') + "e400]"}) {
    INFO(text);
    CHECK_FALSE(parse_json(text));
  }
  CHECK(parse_json("[1e300]"));
  CHECK(parse_json("[" + std::string(300, '9') + "]"));
}

TEST_CASE("surrogate pairs are characters") {
  const auto document = parse_json(R"(["\ud83d\ude00", "\\ude00", "\uDBFF\uDFFF"])").value();
  CHECK(std::string_view(document[0].GetString()) == "\xF0\x9F\x98\x80");
  CHECK(std::string_view(document[1].GetString()) == "\\ude00");
}

TEST_CASE("readers never fail, whatever the shape") {
  const auto document = parse_json(R"({"a":{"b":"c","n":7,"t":"8","f":true,"x":null,"big":1e30}})").value();
  CHECK(string_at(document, "a", "b") == "c");
  CHECK(string_at(document, "a", "b", "c").empty());
  CHECK(string_at(document, "a", "n").empty());
  CHECK(find_path(document, "z", "y") == nullptr);
  const auto& a = *find_member(document, "a");
  CHECK(integer_at(a, "n") == 7);
  CHECK(integer_at(a, "t") == 8);
  CHECK(integer_at(a, "b") == std::nullopt);
  CHECK(integer_at(a, "big") == std::nullopt);
  CHECK(bool_at(a, "f") == true);
  CHECK(bool_at(a, "n") == std::nullopt);
  CHECK(find_member(*find_member(a, "n"), "x") == nullptr);
}

TEST_CASE("strings are written with every control character escaped") {
  CHECK(quote_json("a\"b\\c\n\x01") == R"("a\"b\\c\n\u0001")");
  CHECK(to_json(parse_json("{ \"a\" : [ 1, \"\xE2\x86\x90\" ] }").value()) == "{\"a\":[1,\"\xE2\x86\x90\"]}");
}

}  // namespace
}  // namespace acr
