// SPDX-License-Identifier: Apache-2.0
// Reads test data from tests/fixtures.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "common/base/json.hpp"

namespace acr::fakes {

inline std::string read_fixture(const std::string& path) {
  std::ifstream file(std::string(ACR_FIXTURES) + "/" + path, std::ios::binary);
  if (!file) throw std::runtime_error("no fixture " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline JsonDocument read_json_fixture(const std::string& path) {
  auto document = parse_json(read_fixture(path));
  if (!document) throw std::runtime_error(path + ": " + document.error().message);
  return std::move(*document);
}

}  // namespace acr::fakes
