// SPDX-License-Identifier: Apache-2.0
// A file given to --check-config. Every finding lies in the file, the report is whole lines and valid JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "common/base/json.hpp"
#include "controller/config_check/print.hpp"

namespace {

void expect(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acr::controller;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = parse_config_map_file(text, {.namespace_ = "kube-system", .name = "acr-configuration"});
  if (!file) return 0;
  const auto judgement = judge(*file, std::nullopt, "r");
  for (const auto& finding : judgement.findings) {
    expect(finding.in_file.line >= 1 && finding.in_file.line <= static_cast<int>(file->source.line_count()));
    expect(finding.in_file.column >= 1 && finding.in_file.column <= static_cast<int>(size) + 1);
  }
  expect(print_text(judgement, *file, "f").ends_with('\n'));
  print_json(judgement, *file);
  return 0;
}
