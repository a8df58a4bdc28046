// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over its corpus, each input whole and cut short: what once broke a parser stays a test.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

/// The input whole, then up to 64 beginnings of it.
void run_with_beginnings(const std::string& input) {
  constexpr std::size_t kMostCuts = 64;
  run(input);
  const auto step = input.size() / kMostCuts + 1;
  for (std::size_t size = 0; size < input.size(); size += step) run(input.substr(0, size));
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      run_with_beginnings({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
      ++count;
    }
  }
  std::cout << count << " inputs\n";
  // A corpus that is not found would pass for ever.
  return count > 0 ? 0 : 1;
}
