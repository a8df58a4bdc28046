// SPDX-License-Identifier: Apache-2.0
// Any text for the YAML reader. What it accepts must mean the same to a general YAML library, unless that refuses it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fakes/yaml_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acr::config;
  constexpr std::size_t kMostBytes = 2048;  // the library needs two hundred times as much
  Findings findings;
  const auto source = clean_value("k", {reinterpret_cast<const char*>(data), std::min(size, kMostBytes)}, findings);
  if (findings.error_count() > 0) return 0;
  const auto tree = read_yaml(source, {}, findings);
  if (tree.has_value() == (findings.error_count() > 0)) std::abort();
  if (!tree) return 0;
  const auto ours = acr::fakes::show_yaml(tree->root());
  const auto theirs = acr::fakes::ask_yaml_library(source.text());
  if (!theirs || *theirs == ours) return 0;
  std::fprintf(stderr, "ours:   %s\ntheirs: %s\n", ours.c_str(), theirs->c_str());
  std::abort();
}
