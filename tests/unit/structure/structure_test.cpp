// SPDX-License-Identifier: Apache-2.0
// Holds every tracked file against the rules, and every rule against a file that breaks it.
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "tests/unit/structure/rules.hpp"

namespace acr::structure {
namespace {

const std::string kLicence = "// SPDX-License-Identifier: Apache-2.0\n";

std::vector<std::string> tracked_files() {
  std::string listing;
  const std::string command = "git -c safe.directory='*' -C '" ACR_SOURCE_DIR "' ls-files -z";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe);
  std::array<char, 4096> piece{};
  while (const auto size = std::fread(piece.data(), 1, piece.size(), pipe.get())) listing.append(piece.data(), size);

  std::vector<std::string> paths;
  for (std::size_t start = 0, end = 0; (end = listing.find('\0', start)) != std::string::npos; start = end + 1) {
    paths.push_back(listing.substr(start, end - start));
  }
  return paths;
}

// Empty if it was deleted and that is not committed yet.
std::string read_file(const std::string& path) {
  std::ifstream stream(std::string(ACR_SOURCE_DIR "/") + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<Finding> check_all(const SourceFile& file) {
  std::vector<Finding> findings;
  for (const auto& check : {check_dependencies, check_edges, check_form}) {
    const auto more = check(file);
    findings.insert(findings.end(), more.begin(), more.end());
  }
  return findings;
}

}  // namespace

TEST_CASE("every tracked file keeps the rules of the architecture") {
  const auto paths = tracked_files();
  REQUIRE(paths.size() > 50);

  std::string report;
  for (const auto& path : paths) {
    const auto text = read_file(path);
    if (text.empty()) continue;
    for (const auto& finding : check_all({path, text})) report += describe(finding) + "\n";
  }

  INFO(report);
  CHECK(report.empty());
}

TEST_CASE("every rule id that code or tests cite is defined") {
  const auto defined = read_rule_ids(read_file("docs/rules.md"));
  REQUIRE(defined.size() > 50);

  std::string report;
  for (const auto& path : tracked_files()) {
    for (const auto& finding : check_rule_ids({path, read_file(path)}, defined)) report += describe(finding) + "\n";
  }

  INFO(report);
  CHECK(report.empty());
}

TEST_CASE("a rule id is a word of its own, and rows define it") {
  const auto defined = read_rule_ids("# Rules\n\n| id | rule |\n|---|---|\n| WR-1 | as LW-3 says |\nWR-9 in text\n");
  CHECK(defined == std::set<std::string>{"WR-1"});
  const auto findings =
      check_rule_ids({"webhook/x.cpp", "// WR-1, but (LW-3): SUBWR-7 WR-8x WR-\n// WR-12\n"}, defined);
  REQUIRE(findings.size() == 2);
  CHECK(describe(findings[0]) == "webhook/x.cpp:1: LW-3 is not defined in docs/rules.md");
  CHECK(describe(findings[1]) == "webhook/x.cpp:2: WR-12 is not defined in docs/rules.md");
}

TEST_CASE("each rule finds the file that breaks it") {
  struct Row {
    std::string name, path, line, message;
  };
  const std::array rows{
      Row{"a lower folder includes a higher one", "common/base/x.hpp", "#include \"common/async/sleep.hpp\"",
          "common/base must not include common/async/sleep.hpp"},
      Row{"a sibling is included", "common/kube/x.cpp", "#include \"common/alibaba/sts.hpp\"",
          "common/kube must not include common/alibaba/sts.hpp"},
      Row{"the configuration is pure", "common/config/x.cpp", "#include \"common/http/client.hpp\"",
          "common/config must not include common/http/client.hpp"},
      Row{"only plain values of kube reach pullsecret", "common/pullsecret/x.cpp",
          "#include \"common/kube/api_client.hpp\"", "common/pullsecret must not include common/kube/api_client.hpp"},
      Row{"certificates need base alone", "certs/x.cpp", "#include \"common/kube/object.hpp\"",
          "certs must not include common/kube/object.hpp"},
      Row{"the programs share only the library", "webhook/x.cpp", "#include \"controller/plan.hpp\"",
          "webhook must not include controller/plan.hpp"},
      Row{"the product does not need its tests", "webhook/x.cpp", "#include \"tests/fakes/run.hpp\"",
          "the product includes a file of its tests"},
      Row{"tasks have an owner", "controller/x.cpp", "  co_spawn(executor, run(), detached);",
          "co_spawn outside common/async: use TaskGroup::spawn"},
      Row{"sockets stand in one folder", "common/kube/x.cpp", "#include <boost/asio/ip/tcp.hpp>",
          "boost/asio/ip/ belongs into common/http"},
      Row{"a pure folder reads no clock", "certs/x.cpp", "  auto now = std::chrono::system_clock::now();",
          "::now() in a pure folder: take the value as an argument"},
      Row{"a pure folder reads no file", "common/config/x.cpp", "#include <fstream>",
          "<fstream> in a pure folder: take the value as an argument"},
      Row{"nothing waits for a time", "tests/unit/kube/x.cpp", "  std::this_thread::sleep_for(1s);",
          "waits for a time instead of a condition"},
      Row{"a suppression has a reason", "controller/x.cpp", "  f();  // NOLINT(bugprone-x)",
          "NOLINT without a check name and a reason"},
      Row{"no path of one machine", "docs/x.md",
          "see /wo"
          "rk/notes",
          "names a path of one developer's machine"},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    const auto findings = check_all({row.path, kLicence + row.line + "\n"});
    REQUIRE(findings.size() == 1);
    CHECK(describe(findings[0]) == row.path + ":2: " + row.message);
  }
}

TEST_CASE("the licence line and the length of a file are checked") {
  CHECK(check_form({"scripts/x", "#!/bin/sh\ntrue\n"}).size() == 1);
  CHECK(check_form({"scripts/x", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"}).empty());

  std::string lines;
  for (int i = 0; i < 399; ++i) lines += "\n";
  CHECK(check_form({"certs/x.cpp", kLicence + lines}).empty());
  CHECK(check_form({"certs/x.cpp", kLicence + lines + "\n"}).size() == 1);
}

TEST_CASE("what the rules allow is not reported") {
  CHECK(check_all({"controller/x.cpp", kLicence + "f();  // NOLINT(bugprone-x): the API owns it\n"}).empty());
  CHECK(check_all({"controller/main.cpp", kLicence + "co_spawn(io, run(), token);\n"}).empty());
  CHECK(check_all({"common/http/x.cpp", kLicence + "#include <boost/asio/ip/tcp.hpp>\n"}).empty());
  CHECK(check_all({"common/pullsecret/x.hpp", kLicence + "#include \"common/kube/object.hpp\"\n"}).empty());
  CHECK(check_all({"tests/component/kube/x.cpp", kLicence + "#include \"common/kube/api_client.hpp\"\n"}).empty());
}

}  // namespace acr::structure
