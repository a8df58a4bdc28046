// SPDX-License-Identifier: Apache-2.0
// Values of acr-configuration that were written to hurt, each as large as the API server lets it be, and what must be
// said of it.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace acr::fakes {

struct HostileValue {
  const char* title;
  std::map<std::string, std::string> data;
  /// "severity code@line:column" of one finding; empty if only time and memory matter.
  const char* finding;
};

/// `piece(i)` again and again, up to `size` bytes.
template <class Piece>
std::string fill(std::size_t size, Piece piece) {
  std::string text;
  for (std::size_t i = 0;; ++i) {
    const std::string next = piece(i);
    if (text.size() + next.size() > size) return text;
    text += next;
  }
}

inline std::vector<HostileValue> build_hostile_values(std::size_t size) {
  using std::string;
  size -= 64;
  const auto repeat = [size](const string& piece) { return fill(size, [&piece](std::size_t) { return piece; }); };
  const auto list = [](string text) { return std::map<string, string>{{"acr-registry-info", std::move(text)}}; };
  const auto number = [](std::size_t i) { return std::to_string(i); };

  std::vector<HostileValue> values{
      {"aliases of aliases, doubled in each line",
       list("a0: &a0 [x]\n" + fill(size - 20,
                                   [&](std::size_t i) {
                                     const auto before = number(i);
                                     return "a" + number(i + 1) + ": &a" + number(i + 1) + " [*a" + before + ",*a" +
                                            before + "]\n";
                                   })),
       "error yaml-syntax@1:5"},
      {"aliases alone", list(repeat("- *x\n")), "error yaml-syntax@1:3"},
      {"merge keys of an alias", list(repeat("- <<: *x\n")), "error merge-key@1:3"},
      {"merge keys in brackets", list("[" + repeat("{<<: {<<: {}}},") + "]"), "error merge-key@1:3"},
      {"brackets in brackets", list(repeat("[")), "error too-deep@1:34"},
      {"braces in braces", list(repeat("{a: ")), "error too-deep@1:130"},
      {"dashes in dashes", list(repeat("- ")), "error too-deep@1:65"},
      {"deeper in each line", list(fill(size, [](std::size_t i) { return string(i, ' ') + "a:\n"; })),
       "error too-deep@33:33"},
      {"a list of half a million", list("[" + repeat("a,") + "]"), "error too-many-values@1:600002"},
      {"items without end", list(repeat("- {}\n")), "error too-many-items@1:1"},
      {"the same item again and again", list(fill(200'000, [](std::size_t) { return "- instanceId: cri-a\n"; })),
       "warning duplicate-instance@2:3"},
      {"a known field again and again", list("- regionId: a\n" + repeat("  regionId: a\n")),
       "error duplicate-field@2:3"},
      {"unknown fields without end",
       list("- a: b\n" + fill(size - 10, [&](std::size_t i) { return "  f" + number(i) + ": b\n"; })),
       "warning unknown-field@1:3"},
      {"nearly known fields without end",
       list("- a: b\n" + fill(size - 10, [&](std::size_t i) { return "  instance" + number(i) + ": b\n"; })),
       "error unknown-field@2:3"},
      {"an id of a megabyte", list("- instanceId: " + repeat("c")), "error value-too-long@1:15"},
      {"a name of a megabyte", list("- " + repeat("c") + ": x"), "warning unknown-field@1:3"},
      {"a domain of a megabyte", list("- domains: " + repeat("c")), "error invalid-domain@1:12"},
      {"a folded value of a megabyte", list("- regionId: a" + repeat("\n    b")), "error value-too-long@1:13"},
      {"a block of a megabyte", list("- regionId: |" + repeat("\n    b")), "error value-too-long@1:13"},
      {"domains without end",
       list("- domains: " + fill(size - 20, [&](std::size_t i) { return "d" + number(i) + ".cn,"; })),
       "error too-many-domains@1:3"},
      {"domains by escapes",
       list("- domains: \"" + fill(size - 20, [&](std::size_t i) { return "\\x64" + number(i) + ".cn,"; }) + "\""),
       "error too-many-domains@1:3"},
      {"ids without end",
       list(fill(size, [&](std::size_t i) { return (i % 400 == 0 ? "\n- instanceId: x" : ",x") + number(i); })),
       "error too-many-items@27:3"},
      {"escapes alone", list("- regionId: \"" + repeat("\\u00e9") + "\""), "error value-too-long@1:13"},
      {"an open quote", list("- regionId: \"" + repeat("a\n ")), "error yaml-syntax@1:13"},
      {"quotes alone", list(repeat("\"\" ")), "error yaml-syntax@1:4"},
      {"apostrophes alone", list(repeat("'")), ""},
      {"commas alone", list(repeat(",")), "error yaml-syntax@1:1"},
      {"line ends alone", list(repeat("\n")), ""},
      {"carriage returns alone", list(repeat("\r")), ""},
      {"blanks alone", list(repeat(" ")), ""},
      {"tabs alone", list(repeat("\t")), ""},
      {"comments alone", list(repeat("#\n")), ""},
      {"a slash comment in each line", list(repeat("- domains: a.cn // x\n")), "warning slash-comment@1:17"},
      {"documents without end", list(repeat("---\n")), "error several-documents@2:1"},
      {"a list encoded twice", list("'[" + repeat("{},") + "]'"), "error too-many-values@1:1"},
      {"a byte that is not UTF-8, at the end", list(repeat("# \xC3\xA9\n") + "# \xFF"), "error invalid-utf8@209703:3"},
      {"a NUL byte", list("- instanceId: cri-a" + string(1, '\0') + "b\n"), "error control-character@1:20"},
      {"a NUL by an escape", list("- instanceId: \"cri-a\\0b\"\n"), "error control-character@1:21"},
      {"names without end",
       {{"watch-namespace", fill(size, [&](std::size_t i) { return "n" + number(i) + ","; })}},
       "error too-many-names@1:58891"},
      {"a finding for each name",
       {{"service-account", fill(size, [&](std::size_t i) { return "a_" + number(i) + ","; })}},
       "error invalid-name@1:1"},
      {"a selector of a megabyte", {{"namespace-selector", repeat("a,")}}, "error value-too-long@1:1"},
      {"a threshold of a megabyte", {{"expiring-threshold", repeat("1")}}, "error invalid-duration@1:1"},
      {"a mode of a megabyte", {{"binding-mode", repeat("x")}}, "error invalid-value@1:1"},
      {"switches in brackets", {{"webhook-configuration", repeat("{enable: ")}}, "error too-deep@1:290"},
  };
  std::map<string, string> keys;
  for (std::size_t i = 0; i < size / 8; ++i) keys.emplace("key-" + number(i), "x");
  values.push_back({"a hundred thousand keys", std::move(keys), "error unknown-key@1:1"});
  return values;
}

}  // namespace acr::fakes
