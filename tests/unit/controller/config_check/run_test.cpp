// SPDX-License-Identifier: Apache-2.0
// The exit codes of --check-config, with real files.
#include "controller/config_check/run.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "tests/fakes/temporary_folder.hpp"

namespace acr::controller {
namespace {

int check(const std::string& file, const std::string& previous = {}) {
  return run_config_check({.file = file,
                           .previous = previous,
                           .output = CheckOutput::Json,
                           .region = "cn-hangzhou",
                           .config_map = {.namespace_ = "kube-system", .name = "acr-configuration"}});
}

/// What check() says on standard error.
std::string complaint(const std::string& file, const std::string& previous, const std::string& region = "cn-hangzhou") {
  const fakes::TemporaryFolder folder;
  const auto kept = folder.write("stderr", "");
  std::fflush(stderr);
  const int terminal = dup(STDERR_FILENO);
  REQUIRE(std::freopen(kept.c_str(), "w", stderr) != nullptr);
  run_config_check({.file = file,
                    .previous = previous,
                    .output = CheckOutput::Json,
                    .region = region,
                    .config_map = {.namespace_ = "kube-system", .name = "acr-configuration"}});
  std::fflush(stderr);
  dup2(terminal, STDERR_FILENO);
  close(terminal);
  std::ifstream read(kept);
  return {std::istreambuf_iterator<char>(read), {}};
}

TEST_CASE("a previous file that is of no use is named, with the reason and its line") {
  const fakes::TemporaryFolder folder;
  const auto clean = folder.write("clean.yaml", "watch-namespace: web\n");
  CHECK_THAT(complaint(clean, folder.write("empty.yaml", "")),
             Catch::Contains("--previous ") && Catch::Contains("empty.yaml: it holds no configuration") &&
                 Catch::EndsWith("if no configuration is in force yet, leave --previous away\n"));
  CHECK_THAT(complaint(clean, folder.write("nested.yaml", "data:\n  rrsa: {enable: true}\n")),
             Catch::Contains("nested.yaml: line 2 column 3: rrsa holds a mapping"));
}

TEST_CASE("a region that is none is told, with the one that it resembles") {
  const fakes::TemporaryFolder folder;
  const auto clean = folder.write("clean.yaml", "watch-namespace: web\n");
  CHECK_THAT(complaint(clean, {}, "cn-hangzho"), Catch::Contains("cn-hangzho is no region that is known: did you mean "
                                                                 "cn-hangzhou?"));
  CHECK(complaint(clean, {}, "cn-hangzhou").empty());
  CHECK(complaint(clean, {}, "").empty());
  CHECK(complaint(clean, {}, "xx-nowhere-9").empty());
}

TEST_CASE("exit codes: 0 clean or warnings, 1 errors, 2 unusable input") {
  const fakes::TemporaryFolder folder;
  const auto clean = folder.write("clean.yaml", "watch-namespace: web\n");
  const auto warned = folder.write("warned.yaml", "watch-namespace: all\n");
  const auto misspelt = folder.write("misspelt.yaml", "watch-namespaces: all\n");
  const auto broken = folder.write("broken.yaml", "watch-namespace: [web]\n");
  const auto empty = folder.write("empty.yaml", "");
  CHECK(check(clean) == 0);
  CHECK(check(warned) == 0);
  CHECK(check(broken) == 1);
  CHECK(check(empty) == 2);
  CHECK(check(folder.write("a", "") + "-missing") == 2);
  CHECK(check(misspelt) == 0);
  CHECK(check(misspelt, clean) == 1);
  CHECK(check(clean, empty) == 2);
  CHECK(check(clean, broken) == 2);
  const auto halfway =
      folder.write("halfway.yaml", "acr-registry-info: '[{\"instanceId\":\"<x>\"}]'\nwatch-namespace: web\n");
  CHECK(check(clean, halfway) == 0);
  std::string many;
  for (int i = 0; i < 60000; ++i) many += "---\n";
  CHECK(check(folder.write("many.yaml", many)) == 2);
}

}  // namespace
}  // namespace acr::controller
