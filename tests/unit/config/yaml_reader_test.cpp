// SPDX-License-Identifier: Apache-2.0
// The YAML reader: what it accepts means the same to a general YAML library; what it refuses, it refuses with a place.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/fakes/yaml_oracle.hpp"

namespace acr::config {
namespace {

struct Reading {
  /// The tree in one line; empty after an error.
  std::string tree;
  /// "code@line:column message".
  std::string error;
};

Reading read(const std::string& text) {
  Findings findings;
  const SourceText source("k", text);
  const auto tree = read_yaml(source, {}, findings);
  const auto list = findings.take_sorted();
  REQUIRE(list.size() == (tree ? 0 : 1));
  if (tree) return {.tree = fakes::show_yaml(tree->root()), .error = {}};
  const auto& d = list[0];
  return {.tree = {}, .error = fmt::format("{}@{}:{} {}", d.code, d.line, d.column, d.message)};
}

struct Row {
  const char* text;
  const char* tree;
};

TEST_CASE("the reader and a general YAML library agree about the meaning") {
  const auto row = GENERATE(values<Row>({
      {"", "~"},
      {"# only a comment\n\n", "~"},
      {"---\n", "~"},
      {"--- # c\na: b\n...\n# end\n", R"({"a": "b"})"},
      {"a b\n c\n\n  d # x\n", R"("a b c\x0ad")"},
      {"- a\n- b: c\n  d: e\n-\n  f: g\n- - h\n  - i\n-\n",
       R"(["a", {"b": "c", "d": "e"}, {"f": "g"}, ["h", "i"], ~])"},
      {"a:\n- b\n- c\nd:\n  - e\nf:\n  g: h\ni:\n", R"({"a": ["b", "c"], "d": ["e"], "f": {"g": "h"}, "i": ~})"},
      {"- a:\n  - b\n  c: d\n", R"([{"a": ["b"], "c": "d"}])"},
      {"a: ~\nb: null\nc: \"null\"\nd: ''\n", R"({"a": ~, "b": ~, "c": "null", "d": ""})"},
      {"a: x#y # z\nb: http://h:1/p\n\"c d\": e\n'f' : g\n",
       R"({"a": "x#y", "b": "http://h:1/p", "c d": "e", "f": "g"})"},
      {"a: -1\nb: :x\nc: ?y\nd: -\n", ""},
      {"a: -1\nb: :x\nc: ?y\n", R"({"a": "-1", "b": ":x", "c": "?y"})"},
      {"a: \"x\\u00e9 \\\"q\\\" \\\n   y\n\n  z\"\nb: 'it''s\n  folded'\n",
       R"({"a": "xé \"q\" y\x0az", "b": "it's folded"})"},
      {"a: |\n  x\n   y\n\n  z\nb: >-\n  l1\n  l2\n\n  l3\n   deeper\n  l4\n",
       "{\"a\": \"x\\x0a y\\x0a\\x0az\", \"b\": \"l1 l2\\x0al3\\x0a deeper\\x0al4\"}"},
      {"a: |2+\n   x\n\nb: c\n", R"({"a": "x", "b": "c"})"},
      {"- |\n # no comment\n- b\n", R"(["# no comment", "b"])"},
      {"{a: b, \"c\":d, 'e': [f g, h,], i, j: {}, k: }",
       R"({"a": "b", "c": "d", "e": ["f g", "h"], "i": ~, "j": {}, "k": ~})"},
      {"[\n  a,\n# c\n  b\n  c, \"d\n  e\"]\n", R"(["a", "b c", "d e"])"},
      {"a: [\nb,\n]\nc: d\n", R"({"a": ["b"], "c": "d"})"},
      {"a: b\na: c\n", R"({"a": "b", "a": "c"})"},
      {"- [[], {}]\n", "[[[], {}]]"},
  }));
  INFO(row.text);
  const auto reading = read(row.text);
  CHECK(reading.tree == row.tree);
  if (!reading.tree.empty()) CHECK(fakes::ask_yaml_library(row.text).value_or("refused") == reading.tree);
}

TEST_CASE("pairs of escapes for one character are put together, as JSON writes them") {
  CHECK(read(R"("\ud83d\ude00")").tree == "\"\xF0\x9F\x98\x80\"");
  CHECK(read(R"("\ud83d")").error == "yaml-syntax@1:2 this is not an escape that YAML knows");
}

TEST_CASE("what the reader refuses, and where") {
  const auto row = GENERATE(values<Row>({
      {"- &a b\n", "yaml-syntax@1:3 anchors are not read, and no value can start with & without quotes"},
      {"a: *b\n", "yaml-syntax@1:4 aliases are not read, and no value can start with * without quotes"},
      {"a: [!t b]\n", "yaml-syntax@1:5 tags are not read, and no value can start with ! without quotes"},
      {"*a : b\n", "yaml-syntax@1:1 aliases are not read, and no value can start with * without quotes"},
      {"<<: {a: b}\n", "merge-key@1:1 merge keys are not understood"},
      {"{<<: {a: b}}\n", "merge-key@1:2 merge keys are not understood"},
      {"%YAML 1.1\n---\na: b\n", "yaml-syntax@1:1 nothing can start with % here"},
      {"? a\n: b\n", "yaml-syntax@1:1 nothing can start with ? here"},
      {"a: b\n---\nc: d\n", "several-documents@2:1 a second document starts here; the value may hold one only"},
      {"a: \"b\n", "yaml-syntax@1:4 this quote is never closed"},
      {"a: \"b\" c\n", "yaml-syntax@1:8 unexpected text after the closing quote"},
      {"a: [b\nc: d\n", "yaml-syntax@2:2 a comma or a closing bracket is missing here"},
      {"a: [b, c\n", "yaml-syntax@1:4 this bracket is never closed"},
      {"[a: b]\n", "yaml-syntax@1:3 a comma or a closing bracket is missing here"},
      {"[a,, b]\n", "yaml-syntax@1:4 nothing can start with , here"},
      {"{[a]: b}\n", "yaml-syntax@1:2 expected the name of a field"},
      {"[a] b\n", "yaml-syntax@1:5 unexpected text after the closing bracket"},
      {"a: b: c\n", "yaml-syntax@1:5 a value with a colon and a blank in it must be quoted"},
      {"a: b\n  c: d\n",
       "yaml-syntax@2:3 this line is indented deeper than the value above it, which would go on here"},
      {"a: b\n  - c\n", "yaml-syntax@2:3 this line is indented deeper than the value above it, which would go on here"},
      {"- a: \"b\"\n    c: d\n", "yaml-syntax@2:5 this line is not aligned with any line that it could belong to"},
      {"  a: b\n c: d\n", "yaml-syntax@2:2 this line is not aligned with any line that it could belong to"},
      {"a: b\nc\n", "yaml-syntax@2:1 expected a field: a name, a colon, a blank and a value"},
      {"a: - b\n", "yaml-syntax@1:4 a list cannot start on the line of its field"},
      {"a: | b\n", "yaml-syntax@1:6 the text of | starts on the next line"},
      {"a:\n\tb: c\n", "tab-indentation@2:1 a tab stands in the indentation, which YAML does not allow"},
      {"é: \"\\x00\"\n", "control-character@1:5 this escape stands for a control character"},
      {"\"\\q\"\n", "yaml-syntax@1:2 this is not an escape that YAML knows"},
  }));
  INFO(row.text);
  CHECK(read(row.text).error == row.tree);
}

TEST_CASE("depth and numbers are bounded") {
  CHECK(read(std::string(32, '[') + std::string(32, ']')).error.empty());
  CHECK(read(std::string(100'000, '[')).error == "too-deep@1:34 lists and fields are nested in more than 32 levels");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  CHECK(read(deep).error == "too-deep@33:33 lists and fields are nested in more than 32 levels");
  std::string wide = "[";
  for (int i = 0; i < 400'000; ++i) wide += "a,";
  CHECK(read(wide).error.starts_with("too-many-values@1:60000"));
}

}  // namespace
}  // namespace acr::config
